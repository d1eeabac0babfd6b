import { Button } from "@mantine/core";
import IconShare from "@tabler/icons-react/dist/esm/icons/IconShare.mjs";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { BarChart } from "../../components/BarChart/BarChart";
import { InBar } from "../../components/BarSlot";
import { Overlay } from "../../components/Overlay";
import type { QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { useKeys } from "../../hooks/useKeys";
import { narrow, phone, useMedia } from "../../hooks/useMedia";
import { useFlag, usePreference } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { type Brush, brushSpan } from "../../model/bars";
import { split } from "../../model/clauses";
import { count } from "../../model/format";
import { fixed, type Span, shifted, widened } from "../../model/timeRange";
import { browserZone, isZone, startOfDay } from "../../model/zone";
import { completeness } from "./completeness";
import { DrawerFrame } from "./DrawerFrame";
import drawerStyles from "./Drawer.module.css";
import { Empty } from "./Empty";
import { Facets } from "./Facets";
import { HintBar } from "./HintBar";
import { ListEnd } from "./ListEnd";
import { LiveBanners, LiveDot } from "./LiveLine";
import { LogTable, SkeletonRows, type TableHandle } from "./LogTable";
import tableStyles from "./LogTable.module.css";
import { QueryRow } from "./QueryRow";
import { ResultLine } from "./ResultLine";
import resultStyles from "./ResultLine.module.css";
import { SearchBanners } from "./SearchBanners";
import styles from "./SearchPage.module.css";
import { TimePicker } from "./TimePicker";
import { useActions } from "./useActions";
import { useCounts, useHits, useSame } from "./useAnswers";
import { useDraft } from "./useDraft";
import { standardFacets, useFacets } from "./useFacets";
import { useLive } from "./useLive";
import { useRun } from "./useRun";
import { useSearchState } from "./useSearchState";
import { useSelection } from "./useSelection";
import { useToast } from "./useToast";

const EventDetails = lazy(() => import("./Drawer"));
const KeysOverlay = lazy(async () => ({ default: (await import("./KeysOverlay")).KeysOverlay }));
const noUnknown: readonly never[] = [];

/** Search: one query, its time, and everything that was found. The address is the whole state. */
export function SearchPage() {
  const t = useT();
  const project = useProject();
  const { search, update } = useSearchState();
  const zone = isZone(search.tz) ? search.tz : browserZone();
  const small = useMedia(phone);
  const folded = useMedia(narrow);
  const { run, state, again } = useRun(search, project, zone);
  const { rows } = run;
  const live = useLive(search.live, search.q, project, run, again);
  // After a failure everything on the page still speaks of the rows that are shown.
  const question = state.phase === "failed" ? (state.shown ?? state.question) : state.question;
  const counts = useCounts(question, search, zone);
  const hits = useHits(search.q);
  const draft = useDraft(search.q, state.phase === "failed" ? state.error : undefined, state.end?.unknownFields ?? noUnknown);
  const table = useRef<TableHandle>(null);
  const box = useRef<QueryBoxHandle>(null);
  const span = useRef<Span>(counts.span);
  useEffect(() => {
    span.current = question?.span ?? counts.span;
  });
  const [toast, say] = useToast();
  const act = useActions({ search, project, zone, draft, update, again, say, t, span });
  const selection = useSelection(rows, search, project, update, table);

  const [ownText, setOwnText] = usePreference("facets", "");
  const own = useMemo(() => ownText.split("\n").filter((field) => field !== ""), [ownText]);
  const [sheet, setSheet] = useState<"facets" | "keys">();
  const fields = useMemo(() => [...standardFacets, ...own.filter((field) => !standardFacets.some((s) => s === field))], [own]);
  const facets = useFacets(question, fields, 6, project !== "");

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

  const [dragged, setDragged] = useState<typeof search.cols>();
  const columns = dragged ?? search.cols;
  const answer = completeness(state, rows.length, state.phase === "running" && !state.slow ? counts.last : counts.histogram);
  const row = rows.indexOf(selection.cursor);
  const current = rows.at(row);
  const { event } = selection;
  const inTrace = useSame("traceId", event?.traceId, question);
  const sameCode = useSame("errorCode", event?.errorCode, question);
  const title = search.q.trim() === "" ? t("search.title") : search.q;
  useTitle(title);

  const toggleLive = () => update({ live: !search.live, ...(search.live ? {} : { range: /^\d/.test(search.range.to) ? { from: "-15m", to: "now" } : search.range }) });
  const openKeys = () => setSheet("keys");
  const onNearEnd = useCallback(() => void run.readOn(), [run]);
  const onAtTop = useCallback((atTop: boolean) => live?.setAtTop(atTop), [live]);
  const escape = () => {
    if (search.sel !== "") selection.close();
    else if (brush !== undefined) setBrush(undefined);
    else run.cancel();
  };

  useKeys(
    {
      "/": () => box.current?.focus(),
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
      a: () => (current === undefined ? false : act.around(current)),
      v: () => setWrap(!wrap),
      "[": () => act.range(shifted(span.current, -1)),
      "]": () => act.range(shifted(span.current, 1)),
      z: () => (brush === undefined ? false : applyBrush(brush)),
      Z: () => act.range(widened(span.current, Date.now())),
      l: toggleLive,
      Space: live === undefined ? undefined : () => live.setPaused(!live.state.paused),
      "?": openKeys,
    },
    singleKeys && sheet === undefined,
  );
  useKeys({ Escape: escape }, sheet === undefined);

  const empty = state.phase === "done" && rows.length === 0 && live === undefined && state.shown !== undefined;
  const first = (state.phase === "running" || state.phase === "idle") && rows.length === 0 && state.shown === undefined;
  const facetColumn = <Facets data={facets} own={own} onOwn={(list) => setOwnText(list.join("\n"))} onToggle={act.toggle} onExclude={(field, value) => act.filter(field, value, true)} />;
  const level = facets.list.find(({ name }) => name === "level");

  return (
    <>
      <InBar place="right">
        {small ? (
          <span className={styles.count}>
            <b>{count(answer.count)}</b> · {t(answer.state === "whole" ? "result.whole" : answer.state === "reading" ? "result.reading" : "result.part")}
          </span>
        ) : (
          <Button variant="subtle" leftSection={<IconShare size={14} stroke={1.7} />} title={t("share.title")} onClick={() => act.copyLink()}>
            {t("share.link")}
          </Button>
        )}
      </InBar>
      <h1 className="sr-only">{t("search.title")}</h1>
      <QueryRow
        draft={draft}
        box={box}
        running={state.slow}
        live={search.live}
        small={small}
        filters={folded ? split(search.q).clauses.length : undefined}
        time={<TimePicker range={search.range} tz={search.tz} zone={zone} q={search.q} project={project} onChange={(change) => update({ ...change, ...(change.range === undefined ? {} : { live: search.live && change.range.to === "now" }) })} />}
        onRun={act.run}
        onCancel={run.cancel}
        onLive={toggleLive}
        onLeave={() => table.current?.focus()}
        onFilters={() => setSheet("facets")}
      />
      {state.slow && (
        <div className={resultStyles.progress} role="progressbar" aria-label={t("result.reading")}>
          <i style={{ width: `${Math.max(8, Math.min(96, state.shown === question ? (rows.length / 200) * 100 : 0))}%` }} />
        </div>
      )}
      <div className={`${styles.body ?? ""} ${folded ? (styles.noFacets ?? "") : ""}`}>
        {!folded && facetColumn}
        <section className={styles.middle} aria-label={title}>
          <SearchBanners state={state} rows={answer.count} onMore={() => (state.more === "ready" ? void run.readOn() : again())} onNarrow={() => act.range({ from: (span.current.from + span.current.to) / 2, to: span.current.to })} onAgain={again} />
          {live !== undefined && <LiveBanners live={live} zone={zone} />}
          <ResultLine
            answer={answer}
            levels={level}
            columns={columns}
            wrap={wrap}
            roomy={roomy}
            live={live === undefined ? undefined : <LiveDot live={live} />}
            onLevel={(value) => act.toggle("level", value)}
            onColumns={(cols) => update({ cols })}
            onWrap={() => setWrap(!wrap)}
            onRoomy={() => setRoomy(!roomy)}
          />
          <div className={styles.histogram} style={{ height: small ? 64 : 104 }}>
            {bars !== undefined && (
              <BarChart bars={bars} from={counts.span.from} to={counts.span.to} zone={zone} height={small ? 64 : 104} brush={brush} onBrush={setBrush} onApply={applyBrush} unreadTo={counts.unreadTo} label={t("histogram.label")} />
            )}
          </div>
          {first && state.slow && <SkeletonRows />}
          {empty && question !== undefined && <Empty question={question} end={state.end} zone={zone} now={question.span.to} onTry={(q, at) => update({ q, ...(at === undefined ? {} : { range: fixed(at) }) })} />}
          {!first && !empty && (
            <LogTable
              ref={table}
              rows={rows}
              cursor={selection.cursor}
              cell={selection.cell}
              columns={columns}
              zone={zone}
              hits={hits}
              wrap={wrap && !small}
              roomy={roomy}
              cards={small}
              old={state.phase === "failed"}
              dated={startOfDay(counts.span.from, zone) !== startOfDay(counts.span.to - 1, zone)}
              more={state.more !== "none"}
              end={<ListEnd state={state} rows={rows.length} zone={zone} onMore={onNearEnd} />}
              pill={
                live !== undefined && live.state.waiting > 0 && !live.state.paused ? (
                  <button type="button" className={tableStyles.pill} onClick={() => table.current?.toTop()}>
                    ↑ {t("live.waiting", { n: count(live.state.waiting) })}
                  </button>
                ) : null
              }
              onCursor={selection.setCursor}
              onOpen={selection.open}
              onCell={selection.setCell}
              onMove={selection.move}
              onColumns={(cols, done) => {
                setDragged(done ? undefined : cols);
                if (done) update({ cols });
              }}
              onNearEnd={onNearEnd}
              onAtTop={onAtTop}
            />
          )}
          {!small && <HintBar row={row} total={Math.max(answer.count, rows.length)} live={live !== undefined} onKeys={openKeys} />}
        </section>
        {search.sel !== "" && event !== undefined && (
          <DrawerFrame onClose={selection.close}>
            {event === null ? (
              <p className={drawerStyles.missing}>{t("drawer.missing")}</p>
            ) : (
              <Suspense fallback={null}>
              <EventDetails
                event={event}
                tab={search.tab}
                zone={zone}
                columns={columns.map(({ field }) => field)}
                hits={hits}
                inTrace={inTrace}
                sameCode={sameCode}
                onClose={selection.close}
                onTab={(tab) => update({ tab }, "replace")}
                onFilter={act.filter}
                onColumn={act.column}
                onTrace={act.trace}
                onAround={() => act.around(event)}
                onCopyLink={() => act.copyLink(event)}
                onCopyEvent={() => act.copyEvent(event)}
              />
              </Suspense>
            )}
          </DrawerFrame>
        )}
      </div>
      {sheet === "facets" && (
        <Overlay label={t("facets.open")} onClose={() => setSheet(undefined)} place={{ right: 16, top: 86, width: 300, maxHeight: "calc(100dvh - 110px)" }}>
          <div className={styles.sheet}>
            <div className={styles.sheetHead}>
              <b>{t("facets.open")}</b>
              <Button variant="subtle" onClick={() => setSheet(undefined)}>
                {t("phone.done")}
              </Button>
            </div>
            {facetColumn}
          </div>
        </Overlay>
      )}
      {sheet === "keys" && (
        <Suspense fallback={null}>
          <KeysOverlay on={singleKeys} onSwitch={setSingleKeys} onClose={() => setSheet(undefined)} />
        </Suspense>
      )}
      <div role="status" aria-live="polite">
        {toast !== "" && <div className={styles.toast}>{toast}</div>}
      </div>
    </>
  );
}
