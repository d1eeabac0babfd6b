import { useCallback } from "react";
import { split } from "../../model/clauses";
import { rfc3339 } from "../../model/format";
import { QueryRow } from "./QueryRow";
import resultStyles from "./ResultLine.module.css";
import { TimePicker } from "./TimePicker";
import type { Page } from "./usePage";

/** The query box, the time, and how far the search has read. */
export function QueryArea({ page }: { page: Page }) {
  const { t, act, draft, box, project, question, rows, run, search, small, span, folded, state, table, update, zone } = page;
  // To the minute, so that what was asked a key ago is asked again in the same words.
  const asked = useCallback(() => {
    const { from, to } = span.current;
    return { q: "", project, from: rfc3339(Math.floor(from / 60_000) * 60_000), to: rfc3339(Math.ceil(to / 60_000) * 60_000) };
  }, [span, project]);
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
        asked={asked}
        facets={page.facets}
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
