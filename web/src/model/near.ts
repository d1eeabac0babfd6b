import { removeClause, split } from "./clauses";
import { tokenize } from "./queryTokens";
import type { UnknownField } from "../api/types";

/** A query that may have hits where another has none. */
export interface Near {
  readonly q: string;
  /** The same query in the time before. */
  readonly earlier?: true;
}

/** A bare word that matches whole words only, made to match inside words too. */
function withStars(q: string): string | undefined {
  const bare = tokenize(q).find(({ kind, from, to }, i, all) => {
    const before = all[i - 1];
    const after = all[i + 1];
    const alone = (before === undefined || before.kind === "space" || before.kind === "paren") && (after === undefined || after.kind === "space" || after.kind === "paren");
    return kind === "value" && alone && /^[\p{L}\p{N}_]+$/u.test(q.slice(from, to));
  });
  return bare === undefined ? undefined : `${q.slice(0, bare.from)}*${q.slice(bare.from, bare.to)}*${q.slice(bare.to)}`;
}

function withSuggestions(q: string, unknown: readonly UnknownField[]): string {
  let out = q;
  for (const { kind, from, to } of tokenize(q).toReversed()) {
    const suggestion = unknown.find(({ name }) => kind === "field" && q.slice(from, to) === name)?.suggestion;
    if (suggestion !== undefined) out = out.slice(0, from) + suggestion + out.slice(to);
  }
  return out;
}

/**
 * What one would try next when a query has no hits, the likeliest first: the
 * field that was meant, words inside of words, each clause left out, the time
 * before. At most eight; whoever shows them counts their hits first.
 */
export function nearQueries(q: string, unknown: readonly UnknownField[]): Near[] {
  const tries: string[] = [];
  const corrected = withSuggestions(q, unknown);
  if (corrected !== q) tries.push(corrected);
  const starred = withStars(corrected);
  if (starred !== undefined) tries.push(starred);
  const { clauses, alternatives } = split(corrected);
  if (!alternatives && clauses.length > 1) {
    for (const clause of clauses.toReversed()) tries.push(removeClause(corrected, clause));
  }
  const near: Near[] = [...new Set(tries)].filter((text) => text !== q && text.trim() !== "").slice(0, 7).map((text) => ({ q: text }));
  near.push({ q, earlier: true });
  return near;
}
