import { useT } from "../../i18n";
import { relativeTime } from "../../model/relativeTime";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

/** The keys of the page, and how fresh it is. */
export function ClientsFoot({ heard, now }: { heard: number; now: number }) {
  const t = useClientsTexts();
  const { tag } = useT();
  return (
    <div className={styles.foot}>
      <span><kbd>j</kbd> <kbd>k</kbd> {t("key.move")}</span>
      <span><kbd>w</kbd> {t("key.watch")}</span>
      <span><kbd>p</kbd> {t("key.pull")}</span>
      <span><kbd>/</kbd> {t("key.filter")}</span>
      <i className="grow" />
      <span>{heard === 0 ? t("connecting") : t("updated", { time: relativeTime(Math.min(heard, now), now, tag) })}</span>
    </div>
  );
}
