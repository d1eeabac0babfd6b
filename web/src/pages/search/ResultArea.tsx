import { Suspense, useCallback } from "react";
import { count } from "../../model/format";
import { fixed } from "../../model/timeRange";
import { startOfDay } from "../../model/zone";
import { HintBar } from "./HintBar";
import { ListEnd } from "./ListEnd";
import { LogTable, SkeletonRows } from "./LogTable";
import tableStyles from "./LogTable.module.css";
import { Empty } from "./parts";
import type { Page } from "./usePage";

/** What was found: rows of events, or that there are none. The place of a pipe's table and of a sequence's rows. */
export function ResultArea({ page }: { page: Page }) {
  const { t, answer, columns, counts, empty, first, live, question, rows, selection, small, state, table, update, zone } = page;
  const onAtTop = useCallback((atTop: boolean) => live?.setAtTop(atTop), [live]);
  return (
    <>
      {first && state.slow && <SkeletonRows />}
      {empty && question !== undefined && (
        <Suspense fallback={<i className="grow" />}>
          <Empty question={question} end={state.end} zone={zone} now={question.span.to} onTry={(q, at) => update({ q, ...(at === undefined ? {} : { range: fixed(at) }) })} />
        </Suspense>
      )}
      {!first && !empty && (
        <LogTable
          ref={table}
          rows={rows}
          cursor={selection.cursor}
          cell={selection.cell}
          columns={columns}
          zone={zone}
          hits={page.hits}
          wrap={page.wrap && !small}
          roomy={page.roomy}
          cards={small}
          old={state.phase === "failed"}
          dated={startOfDay(counts.span.from, zone) !== startOfDay(counts.span.to - 1, zone)}
          more={state.more !== "none"}
          end={<ListEnd state={state} rows={rows.length} zone={zone} onMore={page.onNearEnd} />}
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
          {...page.columnActions}
          onNearEnd={page.onNearEnd}
          onAtTop={onAtTop}
        />
      )}
      {!small && <HintBar row={rows.indexOf(selection.cursor)} total={Math.max(answer.count, rows.length)} live={live !== undefined} onKeys={() => page.setSheet("keys")} />}
    </>
  );
}
