import { useQueries } from "@tanstack/react-query";
import { values } from "../../api/search";
import { type FieldValues, type Level, levels } from "../../api/types";
import { selected, without } from "../../model/clauses";
import type { Question } from "./SearchRun";

/** The fields that stand in the facet column, in this order; one that no event has is not shown. */
export const standardFacets = ["level", "category", "service", "errorCode", "account", "staff", "callId", "app", "kind", "module", "function", "httpPath", "release", "env", "host"] as const;

export interface Facet extends FieldValues {
  /** The values that the query asks for. */
  readonly chosen: readonly string[];
}

export interface Facets {
  readonly list: readonly Facet[];
  readonly partial: boolean;
  readonly pending: boolean;
}

function bySeverity(list: FieldValues["values"]): FieldValues["values"] {
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
  const asks = [{ q, fields: plain }, ...narrowed.map((field) => ({ q: without(q, field), fields: [field] }))].filter((ask) => ask.fields.length > 0);
  return useQueries({
    queries: asks.map((ask) => ({
      queryKey: ["values", ask.q, ask.fields.join(","), limit, question?.from, question?.to, question?.project],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        if (question === undefined) throw new Error("no question");
        return values({ q: ask.q, from: question.from, to: question.to, project: question.project }, ask.fields, limit, signal);
      },
      enabled: enabled && question !== undefined,
      placeholderData: (old: Awaited<ReturnType<typeof values>> | undefined) => old,
    })),
    combine: (results) => {
      const all = results.flatMap(({ data }) => data?.fields ?? []);
      return {
        list: fields.flatMap((field) => {
          const found = all.find(({ name }) => name === field);
          return found === undefined ? [] : [{ ...found, values: field === "level" ? bySeverity(found.values) : found.values, chosen: selected(q, field) }];
        }),
        partial: results.some(({ data }) => data?.partial === true),
        pending: results.some(({ isPending }) => isPending),
      };
    },
  });
}
