import { useQueries } from "@tanstack/react-query";
import { facets } from "../../api/search";
import { type FacetField, type Level, levels } from "../../api/types";
import { selected, without } from "../../model/clauses";
import type { Question } from "./SearchRun";

/** The fields that stand in the facet column, in this order; one that no event has is not shown. */
export const standardFacets = ["level", "category", "service", "errorCode", "account", "staff", "timeCost", "callId", "app", "kind", "module", "function", "httpPath", "release", "env", "host"] as const;

/** The server answers for so many fields at once. */
const most = 20;

export interface Facet extends FacetField {
  /** The values that the query asks for. */
  readonly chosen: readonly string[];
  /** The query without what it asks of this field by clicks: what the counts are of. */
  readonly of: string;
  /** The counts are estimates. */
  readonly about: boolean;
}

export interface Facets {
  readonly list: readonly Facet[];
  readonly pending: boolean;
}

/** The fields of the facet column: those that were put at its top, then the usual ones. */
export function facetFields(pins: readonly string[]): readonly string[] {
  return [...pins, ...standardFacets.filter((field) => !pins.includes(field))];
}

export function bySeverity<V extends { readonly value: string }>(list: readonly V[]): readonly V[] {
  const rank = (value: string) => levels.indexOf(value as Level);
  return list.toSorted((a, b) => rank(b.value) - rank(a.value));
}

/**
 * The values of the facets' fields. A field that the query narrows by a click
 * is counted without that narrowing, so that its other values stay in sight.
 */
export function useFacets(question: Question | undefined, fields: readonly string[], limit: number, enabled: boolean): Facets {
  const q = question?.q ?? "";
  const narrowed = fields.filter((field) => selected(q, field).length > 0);
  const plain = fields.filter((field) => !narrowed.includes(field));
  const lots: { readonly q: string; readonly fields: readonly string[] }[] = narrowed.map((field) => ({ q: without(q, field), fields: [field] }));
  for (let i = 0; i < plain.length; i += most) lots.push({ q, fields: plain.slice(i, i + most) });
  return useQueries({
    queries: lots.map((ask) => ({
      queryKey: ["facets", ask.q, ask.fields, limit, question?.from, question?.to, question?.project],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        if (question === undefined) throw new Error("no question");
        return facets({ q: ask.q, from: question.from, to: question.to, project: question.project }, ask.fields, limit, signal);
      },
      enabled: enabled && question !== undefined,
      placeholderData: (old: Awaited<ReturnType<typeof facets>> | undefined) => old,
    })),
    combine: (results) => {
      const all = results.flatMap(({ data }, i) => (data?.fields ?? []).map((field) => ({ ...field, of: lots[i]?.q ?? q, about: data?.approximate === true || data?.partial === true })));
      return {
        list: fields.flatMap((field) => {
          const found = all.find(({ name }) => name === field);
          return found === undefined ? [] : [{ ...found, values: field === "level" ? bySeverity(found.values) : found.values, chosen: selected(q, field) }];
        }),
        pending: results.some(({ isPending }) => isPending),
      };
    },
  });
}
