import { isLucene, isSequence, tokenize } from "./queryTokens";

/** The part of a query that clicks add to and take from, and what stands around it. */
export interface Focus {
  readonly before: string;
  readonly part: string;
  readonly after: string;
}

/** Of a sequence, what finds its first event; of any other query, all of it. */
export function focus(text: string): Focus {
  const whole = { before: "", part: text, after: "" };
  if (!isSequence(text)) return whole;
  const tokens = tokenize(text);
  const open = tokens.find(({ kind, from }) => kind === "paren" && text[from] === "[");
  const shut = tokens.find(({ kind, from }) => kind === "paren" && text[from] === "]");
  if (open === undefined || shut === undefined || shut.from < open.to) return whole;
  return { before: text.slice(0, open.to), part: text.slice(open.to, shut.from), after: text.slice(shut.from) };
}

/** Changes that part alone. */
export function refocus(text: string, change: (part: string) => string): string {
  const { before, part, after } = focus(text);
  return before + change(part) + after;
}

/** Adds a clause to a query in Lucene's syntax, which has its own words for it. */
export function joinLucene(text: string, clause: string): string | undefined {
  if (!isLucene(text)) return undefined;
  const main = text.trim().slice("lucene:".length).trim();
  const own = clause.replace(/^not /, "NOT ");
  return main === "" || main === "*" ? `lucene:${own}` : `lucene:(${main}) AND ${own}`;
}
