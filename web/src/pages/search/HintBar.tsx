import { AllKeys } from "../../components/AllKeys";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import styles from "./ResultLine.module.css";

/** The keys that help most now, and where one is in the list. */
export function HintBar({ row, total, live, onKeys }: { row: number; total: number; live: boolean; onKeys: () => void }) {
  const t = useT();
  return (
    <footer className={styles.foot}>
      <span><kbd>j</kbd> <kbd>k</kbd> {t("hint.move")}</span>
      <span><kbd>⏎</kbd> {t("hint.open")}</span>
      <span><kbd>f</kbd> {t("hint.filter")}</span>
      <span><kbd>l</kbd> {t("hint.live")}</span>
      {live && <span><kbd>Space</kbd> {t("hint.pause")}</span>}
      <AllKeys onKeys={onKeys} />
      <i className="grow" />
      {row >= 0 && <span>{t("hint.row", { row: count(row + 1), n: count(total) })}</span>}
    </footer>
  );
}
