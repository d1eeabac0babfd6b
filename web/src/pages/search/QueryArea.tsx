import { split } from "../../model/clauses";
import { QueryRow } from "./QueryRow";
import resultStyles from "./ResultLine.module.css";
import { TimePicker } from "./TimePicker";
import type { Page } from "./usePage";

/** The query box, the time, and how far the search has read. */
export function QueryArea({ page }: { page: Page }) {
  const { t, act, draft, box, project, question, rows, run, search, small, folded, state, table, update, zone } = page;
  return (
    <>
      <QueryRow
        draft={draft}
        box={box}
        running={state.slow}
        live={search.live}
        small={small}
        filters={folded && !page.piped.on ? split(search.q).clauses.length : undefined}
        time={<TimePicker range={search.range} tz={search.tz} zone={zone} q={search.q} project={project} onChange={(change) => update({ ...change, ...(change.range === undefined ? {} : { live: search.live && change.range.to === "now" }) })} />}
        onRun={act.run}
        onCancel={run.cancel}
        onLive={page.toggleLive}
        onLeave={() => table.current?.focus()}
        onFilters={() => page.setSheet("facets")}
      />
      {state.slow && (
        <div className={resultStyles.progress} role="progressbar" aria-label={t("result.reading")}>
          <i style={{ width: `${Math.max(8, Math.min(96, state.shown === question ? (rows.length / 200) * 100 : 0))}%` }} />
        </div>
      )}
    </>
  );
}
