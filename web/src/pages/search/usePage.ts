import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { narrow, phone, useMedia } from "../../hooks/useMedia";
import { useFlag, usePreference } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { type Brush, brushSpan } from "../../model/bars";
import { moveColumn } from "../../model/columns";
import type { Column } from "../../model/search";
import { partPipe } from "../../model/pipeText";
import { isSequence } from "../../model/queryTokens";
import type { Span } from "../../model/timeRange";
import { browserZone, isZone } from "../../model/zone";
import { completeness } from "./completeness";
import { firstValues } from "./Facets";
import type { TableHandle } from "./LogTable";
import { useActions } from "./useActions";
import { useCounts, useHits } from "./useAnswers";
import { useDraft } from "./useDraft";
import { facetFields, useFacets } from "./useFacets";
import { useLive } from "./useLive";
import { usePiped } from "./usePiped";
import { spanNow, useRun } from "./useRun";
import { useSearchState } from "./useSearchState";
import { useSelection } from "./useSelection";
import { useToast } from "./useToast";

const noUnknown: readonly never[] = [];

/** What lies over the page; at most one at a time. */
export type Sheet = "explain" | "facets" | "keys" | "view" | "views" | "share" | "export";

/**
 * Everything that the parts of the search page share. The page makes it once a
 * render and hands it to each of its parts, which take from it what they need.
 */
export type Page = ReturnType<typeof usePage>;

/** The state of the search page: the address, what was asked and answered, and what is selected. */
export function usePage() {
  const t = useT();
  const project = useProject();
  const { search, update } = useSearchState();
  const zone = isZone(search.tz) ? search.tz : browserZone();
  const small = useMedia(phone);
  const folded = useMedia(narrow);
  const piped = usePiped(search.q);
  const { run, state, again: searchAgain } = useRun(search, piped.on ? "" : project, zone);
  const again = piped.on ? piped.again : searchAgain;
  const { rows } = run;
  const sequence = isSequence(search.q);
  const live = useLive(search.live && !piped.on && !sequence, search.q, project, run, again);
  // After a failure everything on the page still speaks of the rows that are shown.
  const question = piped.on ? undefined : state.phase === "failed" ? (state.shown ?? state.question) : state.question;
  const counts = useCounts(question, search, zone);
  const [marks, setMarks] = usePreference("marks", "");
  const hits = useHits(search.q, live === undefined ? "" : marks);
  const draft = useDraft(search.q, piped.on ? piped.said.error : state.phase === "failed" ? state.error : undefined, piped.on ? piped.said.unknown : (state.end?.unknownFields ?? noUnknown));
  const table = useRef<TableHandle>(null);
  const box = useRef<QueryBoxHandle>(null);
  const span = useRef<Span>(counts.span);
  useEffect(() => {
    span.current = piped.on ? spanNow(search.range, zone) : (question?.span ?? counts.span);
  });
  const [toast, say] = useToast();
  const act = useActions({ search, project, zone, draft, update, again, say, t, span });
  const selection = useSelection(rows, search, project, update, table);

  // The address names the pinned facets where a link did, or somebody has just changed them; else this browser remembers.
  const [pinText, setPinText] = usePreference("facets", "");
  const pins = useMemo(() => search.pins ?? pinText.split("\n").filter((field) => field !== ""), [search.pins, pinText]);
  const setPins = useCallback(
    (list: readonly string[]) => {
      setPinText(list.join("\n"));
      update({ pins: list }, "replace");
    },
    [setPinText, update],
  );
  const fields = useMemo(() => facetFields(pins), [pins]);
  const facets = useFacets(question, fields, firstValues, project !== "");

  const [sheet, setSheet] = useState<Sheet>();
  const [wrap, setWrap] = useFlag("wrap", false);
  const [roomy, setRoomy] = useFlag("roomy", false);
  const [singleKeys, setSingleKeys] = useFlag("keys", true);
  // A brush belongs to the bars it was drawn on.
  const [brushed, setBrushed] = useState<{ readonly bars: unknown; readonly brush: Brush | undefined }>();
  const brush = brushed?.bars === counts.bars ? brushed?.brush : undefined;
  const { bars } = counts;
  const setBrush = useCallback((next: Brush | undefined) => setBrushed({ bars, brush: next }), [bars]);
  const applyBrush = useCallback(
    (chosen: Brush) => {
      if (bars === undefined) return;
      const { from, to } = brushSpan(bars, chosen);
      setBrushed(undefined);
      act.range({ from: Math.max(from, counts.span.from), to: Math.min(to, counts.span.to) });
    },
    [bars, act, counts.span],
  );

  // While an edge is dragged the address waits. A width is no step for Back, order and choice are.
  const [dragged, setDragged] = useState<readonly Column[]>();
  const { cols } = search;
  const columnActions = useMemo(
    () => ({
      onWidth: (field: string, width: number, done: boolean) => {
        const next = cols.map((column) => (column.field === field ? { ...column, width } : column));
        setDragged(done ? undefined : next);
        if (done) update({ cols: next }, "replace");
      },
      onMoveColumn: (field: string, to: number) => {
        const next = moveColumn(cols, field, to);
        update({ cols: next });
        say(t("table.moved", { field, n: next.findIndex((column) => column.field === field) + 1, total: next.length }));
      },
      onDrop: (field: string) => update({ cols: cols.filter((column) => column.field !== field) }),
    }),
    [cols, update, say, t],
  );
  // What arrives is shown as it is: a pipe gives way.
  const toggleLive = () => update({ live: piped.on || !search.live, ...(piped.on ? { q: partPipe(search.q).main } : {}), ...(search.live ? {} : { range: /^\d/.test(search.range.to) ? { from: "-15m", to: "now" } : search.range }) });
  const onNearEnd = useCallback(() => void run.readOn(), [run]);
  const title = search.q.trim() === "" ? t("search.title") : search.q;
  useTitle(title);

  return {
    t, project, search, update, piped, sequence, zone, small, folded, run, rows, state, again, live, question, counts, hits, marks, setMarks, draft, table, box, span, toast, say, act, selection,
    pins, setPins, facets, sheet, setSheet, wrap, setWrap, roomy, setRoomy, singleKeys, setSingleKeys, brush, setBrush, applyBrush, columnActions, toggleLive, onNearEnd, title,
    columns: dragged ?? search.cols,
    answer: completeness(state, rows.length, state.phase === "running" && !state.slow ? counts.last : counts.histogram),
    /** The whole answer is known to hold nothing. */
    empty: state.phase === "done" && rows.length === 0 && live === undefined && state.shown !== undefined,
    /** Nothing was ever shown: rows are drawn as grey bars. */
    first: (state.phase === "running" || state.phase === "idle") && rows.length === 0 && state.shown === undefined,
  };
}
