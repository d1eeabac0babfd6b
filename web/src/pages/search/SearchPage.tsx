import { Button } from "@mantine/core";
import { Suspense, useEffect } from "react";
import { Overlay } from "../../components/Overlay";
import { join } from "../../model/clauses";
import { usePrinting } from "../../hooks/usePrinting";
import { ChartArea } from "./ChartArea";
import { FacetArea } from "./FacetArea";
import { LiveDot } from "./LiveDot";
import { DrawerArea, ExplainPanel, FieldStats, KeepPanel, KeysOverlay, LiveBanners, PipeBody, prefetchParts, printResult, Tabs, ViewPanel } from "./parts";
import { QueryArea } from "./QueryArea";
import { ResultArea } from "./ResultArea";
import { ResultLine } from "./ResultLine";
import { SearchBanners } from "./SearchBanners";
import styles from "./SearchPage.module.css";
import { SequenceNote } from "./sequencePart";
import { Toolbar } from "./Toolbar";
import { type Page, usePage } from "./usePage";
import { usePageKeys } from "./usePageKeys";

/** Search: one query, its time, and everything that was found. The address is the whole state. */
export function SearchPage() {
  const page = usePage();
  usePageKeys(page);
  useEffect(() => prefetchParts(), []);
  const { t, folded, search, toast } = page;
  const printed = usePrinting() && !page.piped.on ? printResult(page) : undefined;
  return (
    <>
      {printed}
      <Toolbar page={page} />
      <Suspense fallback={null}>
        <Tabs page={page} />
      </Suspense>
      <h1 className="sr-only">{t("search.title")}</h1>
      <QueryArea page={page} />
      {page.piped.on ? (
        <Suspense fallback={null}>
          <PipeBody search={search} project={page.project} zone={page.zone} update={page.update} turn={page.piped.turn} small={page.small} keys={page.singleKeys && page.sheet === undefined} onSaid={page.piped.onSaid} onKeys={() => page.setSheet("keys")} />
        </Suspense>
      ) : (
        <div className={`${styles.body ?? ""} ${folded ? (styles.noFacets ?? "") : ""}`}>
          {!folded && <FacetArea page={page} />}
          <section className={styles.middle} aria-label={page.title}>
            <AnswerLines page={page} />
            <ChartArea page={page} />
            <ResultArea page={page} />
          </section>
          {search.sel !== "" && (
            <Suspense fallback={null}>
              <DrawerArea page={page} />
            </Suspense>
          )}
        </div>
      )}
      <Sheets page={page} />
      {search.stat !== "" && !page.piped.on && (
        <Suspense fallback={null}>
          <FieldStats field={search.stat} question={page.question} onToggle={page.act.toggle} onExclude={(field, value) => page.act.filter(field, value, true)} onClause={(clause) => page.act.run(join(page.draft.text, clause))} onColumn={page.act.column} onClose={() => page.update({ stat: "" })} />
        </Suspense>
      )}
      <div role="status" aria-live="polite">
        {toast !== "" && <div className={styles.toast}>{toast}</div>}
      </div>
    </>
  );
}

/** How complete the answer is, what must be said about it, and how its rows are shown. */
function AnswerLines({ page }: { page: Page }) {
  const { act, again, answer, facets, live, roomy, run, span, state, wrap, zone } = page;
  return (
    <>
      <SearchBanners state={state} rows={answer.count} onMore={() => (state.more === "ready" ? void run.readOn() : again())} onNarrow={() => act.range({ from: (span.current.from + span.current.to) / 2, to: span.current.to })} onAgain={again} />
      {(page.search.live && page.sequence) || (state.end?.sequence?.undecided ?? 0) > 0 ? (
        <Suspense fallback={null}>
          <SequenceNote end={page.search.live ? undefined : state.end?.sequence} zone={zone} />
        </Suspense>
      ) : null}
      {live !== undefined && (
        <Suspense fallback={null}>
          <LiveBanners live={live} zone={zone} since={page.counts.span.from} marks={page.marks} onMarks={page.setMarks} onTop={() => page.table.current?.toTop()} />
        </Suspense>
      )}
      <ResultLine
        answer={answer}
        levels={facets.list.find(({ name }) => name === "level")}
        wrap={wrap}
        roomy={roomy}
        live={live === undefined ? undefined : <LiveDot live={live} />}
        onLevel={(value) => act.toggle("level", value)}
        onExplain={() => page.setSheet("explain")}
        onView={() => page.setSheet("view")}
        onWrap={() => page.setWrap(!wrap)}
        onRoomy={() => page.setRoomy(!roomy)}
      />
    </>
  );
}

/** What lies over the page. */
function Sheets({ page }: { page: Page }) {
  const { t, sheet, setSheet, singleKeys, setSingleKeys } = page;
  const close = () => setSheet(undefined);
  if (sheet === "facets") {
    return (
      <Overlay label={t("facets.open")} onClose={close} place={{ right: 16, top: 86, width: 300, maxHeight: "calc(100dvh - 110px)" }}>
        <div className={styles.sheet}>
          <div className={styles.sheetHead}>
            <b>{t("facets.open")}</b>
            <i className="grow" />
            <Button variant="subtle" onClick={() => setSheet("view")}>
              {t("table.view")}
            </Button>
            <Button variant="subtle" onClick={close}>
              {t("phone.done")}
            </Button>
          </div>
          <FacetArea page={page} />
        </div>
      </Overlay>
    );
  }
  if (sheet === "explain") {
    return (
      <Suspense fallback={null}>
        <ExplainPanel question={page.question} onClose={close} />
      </Suspense>
    );
  }
  if (sheet === "view") {
    return (
      <Suspense fallback={null}>
        <ViewPanel page={page} />
      </Suspense>
    );
  }
  if (sheet === "views" || sheet === "share" || sheet === "export") {
    return (
      <Suspense fallback={null}>
        <KeepPanel page={page} kind={sheet} />
      </Suspense>
    );
  }
  if (sheet === "keys") {
    return (
      <Suspense fallback={null}>
        <KeysOverlay on={singleKeys} onSwitch={setSingleKeys} onClose={close} />
      </Suspense>
    );
  }
  return null;
}
