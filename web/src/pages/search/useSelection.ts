import { useQuery } from "@tanstack/react-query";
import { type RefObject, useCallback, useState } from "react";
import { event as fetchEvent } from "../../api/search";
import type { LogEvent } from "../../api/types";
import { isProblem } from "../../model/cells";
import type { Rows } from "../../model/rows";
import type { Search } from "../../model/search";
import type { TableHandle } from "./LogTable";
import type { Update } from "./useSearchState";

export interface Selection {
  /** The id of the row that the keys act on; "" before the first is chosen. */
  readonly cursor: string;
  readonly cell: string;
  readonly setCell: (cell: string) => void;
  readonly setCursor: (id: string) => void;
  readonly move: (by: number) => void;
  readonly moveToProblem: (by: 1 | -1) => void;
  readonly open: (id: string) => void;
  readonly close: () => void;
  /** The event of the drawer; null when it is nowhere. */
  readonly event: LogEvent | null | undefined;
}

/**
 * One row is selected, by its event's id, so that it stays when the list grows
 * or is read anew. An open drawer follows it; opening one is a step for Back,
 * walking with it open is not.
 */
export function useSelection(rows: Rows, search: Search, project: string, update: Update, table: RefObject<TableHandle | null>): Selection {
  const { sel } = search;
  const [state, setState] = useState({ sel, cursor: sel });
  // Back, a link or a click elsewhere changed what is open: the selection goes with it.
  if (state.sel !== sel) setState({ sel, cursor: sel === "" ? state.cursor : sel });
  const { cursor } = state;
  const [cell, setCell] = useState("service");
  const setCursor = useCallback((id: string) => setState((old) => ({ ...old, cursor: id })), []);

  const goTo = useCallback(
    (index: number) => {
      const id = rows.at(index)?.id;
      if (id === undefined) return;
      setState((old) => ({ ...old, cursor: id }));
      table.current?.scrollTo(index);
      if (sel !== "") update({ sel: id }, "replace");
    },
    [rows, sel, table, update],
  );
  const move = useCallback(
    (by: number) => {
      const at = rows.indexOf(cursor);
      goTo(at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by)));
    },
    [rows, cursor, goTo],
  );
  const moveToProblem = useCallback(
    (by: 1 | -1) => {
      const at = rows.indexOf(cursor);
      goTo(rows.find(at < 0 ? 0 : at + by, by, isProblem));
    },
    [rows, cursor, goTo],
  );
  const open = useCallback(
    (id: string) => {
      setState((old) => ({ ...old, cursor: id }));
      if (id !== sel) update({ sel: id }, sel === "" ? "push" : "replace");
    },
    [sel, update],
  );
  const close = useCallback(() => {
    update({ sel: "", tab: "fields" });
    table.current?.focus();
  }, [update, table]);

  const loaded = sel === "" ? undefined : rows.at(rows.indexOf(sel));
  const { data, isError } = useQuery({
    queryKey: ["event", project, sel],
    queryFn: ({ signal }) => fetchEvent(sel, project, signal),
    enabled: sel !== "" && loaded === undefined && project !== "",
    retry: false,
    staleTime: Infinity,
  });
  return { cursor, cell, setCell, setCursor, move, moveToProblem, open, close, event: loaded ?? (isError ? null : data) };
}
