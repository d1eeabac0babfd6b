import IconSearch from "@tabler/icons-react/dist/esm/icons/IconSearch.mjs";
import IconChartLine from "@tabler/icons-react/dist/esm/icons/IconChartLine.mjs";
import IconDeviceDesktop from "@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs";
import IconDatabase from "@tabler/icons-react/dist/esm/icons/IconDatabase.mjs";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import IconSettings from "@tabler/icons-react/dist/esm/icons/IconSettings.mjs";
import { Link, useLocation, useSearch } from "@tanstack/react-router";
import { useT } from "../i18n";
import styles from "./AppShell.module.css";
import { Logo } from "./Logo";

/** The way between the pages: at the left, on a phone at the bottom. It names only pages that exist. */
export function Rail() {
  const t = useT();
  const { pathname } = useLocation();
  const { project } = useSearch({ strict: false });
  const keep = project === undefined ? {} : { project };
  return (
    <nav className={styles.rail} aria-label={t("nav.main")}>
      <Link to="/search" search={keep} className={styles.brand} aria-label={t("app.name")} activeProps={{ "aria-current": undefined }}>
        <Logo />
      </Link>
      <Link to="/search" search={keep} className={styles.item} activeOptions={{ includeSearch: false }}>
        <IconSearch size={18} stroke={1.7} />
        <span>{t("nav.search")}</span>
      </Link>
      <Link to="/speed" search={keep} className={styles.item} activeOptions={{ includeSearch: false }}>
        <IconChartLine size={18} stroke={1.7} />
        <span>{t("nav.speed")}</span>
      </Link>
      <Link to="/clients" search={keep} className={styles.item} activeOptions={{ includeSearch: false }}>
        <IconDeviceDesktop size={18} stroke={1.7} />
        <span>{t("nav.clients")}</span>
      </Link>
      <Link to="/ingest" search={keep} className={styles.item} activeOptions={{ includeSearch: false }}>
        <IconDatabase size={18} stroke={1.7} />
        <span>{t("nav.ingest")}</span>
      </Link>
      <i className={`grow ${styles.spacer ?? ""}`} />
      <Link to="/add-data" search={keep} className={styles.item} activeOptions={{ includeSearch: false }}>
        <IconPlus size={18} stroke={1.7} />
        <span>{t("nav.addData")}</span>
      </Link>
      <Link to="/settings/keys" search={keep} className={styles.item} activeOptions={{ includeSearch: false }} {...(pathname.startsWith("/settings") ? { "aria-current": "page" } : {})}>
        <IconSettings size={18} stroke={1.7} />
        <span>{t("nav.settings")}</span>
      </Link>
    </nav>
  );
}
