import { Link, useSearch } from "@tanstack/react-router";
import { InBar } from "../../components/BarSlot";
import { useT } from "../../i18n";
import styles from "./Settings.module.css";

/** The parts of the settings that this version has, in the bar. */
export function SettingsTabs() {
  const t = useT();
  const { project } = useSearch({ strict: false });
  const keep = project === undefined ? {} : { project };
  return (
    <InBar place="left">
      <span className="rule" />
      <nav className={styles.tabs} aria-label={t("settings.tabs")}>
        <Link to="/settings/keys" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.keys")}
        </Link>
        <Link to="/settings/people" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.people")}
        </Link>
        <Link to="/settings/retention" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.retention")}
        </Link>
        <Link to="/settings/redaction" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.redaction")}
        </Link>
        <Link to="/settings/sources" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.sources")}
        </Link>
        <Link to="/settings/shares" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.shares")}
        </Link>
        <Link to="/settings/audit" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.audit")}
        </Link>
        <Link to="/settings/look" search={keep} activeOptions={{ includeSearch: false }}>
          {t("settings.look")}
        </Link>
      </nav>
    </InBar>
  );
}
