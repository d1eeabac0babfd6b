import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { ApiError, OfflineError } from "../../api/client";
import { CutError } from "../../api/search";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import styles from "./ResultLine.module.css";
import type { RunState } from "./SearchRun";

interface Props {
  readonly state: RunState;
  readonly rows: number;
  readonly onMore: () => void;
  readonly onNarrow: () => void;
  readonly onAgain: () => void;
}

/** What must be said about the answer before it is read: that it is a part, or that there was none. */
export function SearchBanners({ state, rows, onMore, onNarrow, onAgain }: Props) {
  const t = useT();
  const { phase, end, error } = state;
  // A wrong query is said at its column, a broken line by the shell.
  const failed = phase === "failed" && !(error instanceof OfflineError) && !(error instanceof ApiError && error.code === "invalid_query");
  return (
    <>
      {phase === "done" && end?.partial === true && (
        <div className={styles.banner} role="status">
          <IconAlertTriangle size={16} stroke={1.7} />
          <span>
            <b>{t("partial.title")}</b> {end.reason}
          </span>
          <i className="grow" />
          <Button onClick={onMore}>{t("partial.more")}</Button>
          <Button variant="subtle" onClick={onNarrow}>
            {t("partial.narrow")}
          </Button>
        </div>
      )}
      {failed && (
        <div className={`${styles.banner ?? ""} ${styles.bad ?? ""}`} role="alert">
          <IconAlertTriangle size={16} stroke={1.7} />
          <span>
            <b>{t("failed.title")}</b> {error instanceof CutError ? t("partial.cut") : error?.message}
          </span>
          <i className="grow" />
          <Button onClick={onAgain}>{t("common.retry")}</Button>
        </div>
      )}
      {phase === "failed" && rows > 0 && <div className={styles.old}>{t("result.oldTitle", { n: count(rows) })}</div>}
    </>
  );
}
