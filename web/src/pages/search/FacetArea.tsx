import { join } from "../../model/clauses";
import { Facets } from "./Facets";
import type { Page } from "./usePage";

/** The facet column: beside the list, and in a sheet where there is no room. */
export function FacetArea({ page }: { page: Page }) {
  const { act, draft, facets, pins, question, setPins, update } = page;
  return (
    <Facets
      data={facets}
      question={question}
      pins={pins}
      columns={page.search.cols.map(({ field }) => field)}
      onColumn={act.column}
      onPins={setPins}
      onToggle={act.toggle}
      onExclude={(field, value) => act.filter(field, value, true)}
      onStatistics={(stat) => update({ stat })}
      onClause={(clause) => act.run(join(draft.text, clause))}
    />
  );
}
