import { useT } from "../../i18n";
import { shortClock } from "../../model/rangeLabel";
import type { RunState } from "./SearchRun";

/** Below the last row: that it goes on, that it failed to, or that this was all. */
export function ListEnd({ state, rows, zone, onMore }: { state: RunState; rows: number; zone: string; onMore: () => void }) {
  const t = useT();
  if (state.more === "reading") return t("table.more");
  if (state.more === "failed") {
    return (
      <>
        {t("table.moreFailed", { reason: state.error?.message ?? "" })}{" "}
        <button type="button" onClick={onMore}>
          {t("common.retry")}
        </button>
      </>
    );
  }
  if (state.phase !== "done" || state.more !== "none" || rows === 0 || state.shown === undefined || state.end?.partial === true) return null;
  return t("table.end", { from: shortClock(Math.floor(state.shown.span.from / 1000) * 1000, zone) });
}
