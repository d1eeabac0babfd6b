import { Facets } from "./Facets";
import type { Page } from "./usePage";

/** The facet column: beside the list, and in a sheet where there is no room. */
export function FacetArea({ page }: { page: Page }) {
  const { act, facets, own, setOwn } = page;
  return <Facets data={facets} own={own} onOwn={setOwn} onToggle={act.toggle} onExclude={(field, value) => act.filter(field, value, true)} />;
}
