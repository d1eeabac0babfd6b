import { useKeys } from "../../hooks/useKeys";
import { shifted, widened } from "../../model/timeRange";
import type { Page } from "./usePage";

/** The single keys of the search page; KeysOverlay lists them. */
export function usePageKeys(page: Page): void {
  const { act, box, brush, live, rows, selection, sheet, span, wrap } = page;
  const current = rows.at(rows.indexOf(selection.cursor));
  const on = page.singleKeys && sheet === undefined && (page.search.stat === "" || page.piped.on);
  // A table of pipes has keys of its own for its rows; these are for every result.
  useKeys(
    {
      "/": () => box.current?.focus(),
      "[": () => act.range(shifted(span.current, -1)),
      "]": () => act.range(shifted(span.current, 1)),
      Z: () => act.range(widened(span.current, Date.now())),
      l: page.toggleLive,
      "?": () => page.setSheet("keys"),
    },
    on,
  );
  useKeys(
    {
      j: () => selection.move(1),
      k: () => selection.move(-1),
      J: () => selection.moveToProblem(1),
      K: () => selection.moveToProblem(-1),
      Enter: () => (current === undefined ? false : selection.open(current.id)),
      f: () => act.filterCell(current, selection.cell, false),
      F: () => act.filterCell(current, selection.cell, true),
      c: () => (selection.cell.startsWith("col:") ? act.column(selection.cell.slice(4)) : false),
      y: () => (current === undefined ? false : act.copyEvent(current)),
      Y: () => (current === undefined ? false : act.copyLink(current)),
      a: () => (current === undefined ? false : page.update({ sel: current.id, tab: "around" })),
      t: () => (current?.traceId === undefined || current.traceId === "" ? false : act.same("traceId", current.traceId)),
      v: () => page.setWrap(!wrap),
      z: () => (brush === undefined ? false : page.applyBrush(brush)),
      Space: live === undefined ? undefined : () => live.setPaused(!live.state.paused),
    },
    on && !page.piped.on,
  );
  const escape = () => {
    if (page.search.sel !== "") selection.close();
    else if (brush !== undefined) page.setBrush(undefined);
    else page.run.cancel();
  };
  useKeys({ Escape: escape }, sheet === undefined && !page.piped.on && page.search.stat === "");
}
