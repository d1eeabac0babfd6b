import type { SeenField } from "../api/types";
import { quote, quoteField } from "./clauses";
import { type Token, tokenize } from "./queryTokens";

/** What may stand where the cursor is. */
export interface Place {
  readonly kind: "word" | "value" | "function" | "argument" | "operator";
  /** What an accepted option takes the place of. */
  readonly from: number;
  readonly to: number;
  /** What of it was typed, without quotes and escapes. */
  readonly typed: string;
  /** Of a value: its field. */
  readonly field?: string;
}

export interface Option {
  readonly kind: "field" | "value" | "operator" | "function" | "history";
  readonly label: string;
  /** Stands at the right: a type, a count. */
  readonly type?: string;
  readonly share?: number;
  readonly count?: number;
  /** What accepting it writes, and over what. */
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  /** The field that it is, or is a value of. */
  readonly field?: string;
  /** Where in the label what was typed stands. */
  readonly hit?: readonly [number, number];
}

function bare(text: string): string {
  const inner = /^["“]/.test(text) ? text.slice(1).replace(/["”]$/, "") : text;
  return inner.replaceAll(/\\(.)/gsu, "$1");
}

/** Walks back over the alternatives of `field:(a or b` to the field; undefined when there is none. */
function fieldOfGroup(text: string, tokens: readonly Token[], at: number): string | undefined {
  let depth = 0;
  for (let i = at; i >= 0; i--) {
    const token = tokens[i];
    if (token === undefined) return undefined;
    const sign = text.slice(token.from, token.to);
    if (token.kind === "paren") {
      depth += /[)）]/.test(sign) ? 1 : -1;
      if (depth < 0) return fieldBefore(text, tokens, i - 1);
    } else if (token.kind === "field" || token.kind === "pipe") return undefined;
  }
  return undefined;
}

/** The field whose operator stands at, or before the spaces before, a token. */
function fieldBefore(text: string, tokens: readonly Token[], at: number): string | undefined {
  let i = at;
  if (tokens[i]?.kind === "space") i--;
  if (tokens[i]?.kind !== "operator" || !/^[:：<>]/.test(text.slice(tokens[i]?.from, tokens[i]?.to))) return undefined;
  i--;
  if (tokens[i]?.kind === "space") i--;
  const field = tokens[i];
  return field?.kind === "field" ? bare(text.slice(field.from, field.to)) : undefined;
}

const numeric = /^(?:avg|min|max|sum|distinct|p[\d.]+|count|rate|top|sort|fields)$/i;

/** What is being written at the cursor; undefined where nothing can be completed. */
export function placeAt(text: string, at: number): Place | undefined {
  const tokens = tokenize(text);
  // The token that the cursor stands in, or right behind.
  const index = tokens.findIndex((token) => token.from < at && at <= token.to);
  const token = tokens[index];
  const pipe = tokens.findIndex((t) => t.kind === "pipe" && t.to <= at);
  const piped = pipe >= 0;
  const here = (kind: Place["kind"], typed: string, from = at, to = at): Place => ({ kind, from, to, typed });
  if (token === undefined) return text.trim() === "" ? here("word", "") : undefined;
  const written = text.slice(token.from, at);
  const fits = token.kind === "value" || token.kind === "star" || token.kind === "string" || token.kind === "keyword" || token.kind === "function" || token.kind === "field";
  const from = fits ? token.from : at;
  const to = fits ? token.to : at;
  const typed = fits ? bare(written) : "";
  const before = fits ? index - 1 : index;
  if (piped) return inPipe(text, tokens, before, typed, from, to);
  if (token.kind === "field") return { kind: "word", from, to, typed };
  const field = fieldBefore(text, tokens, before) ?? fieldOfGroup(text, tokens, before);
  if (field !== undefined) {
    // A value that is complete is not begun again by a space behind it.
    if (token.kind === "space" && tokens[index - 1]?.kind !== "operator" && tokens[index - 1]?.kind !== "paren" && tokens[index - 1]?.kind !== "keyword") return here("operator", "");
    if (token.kind === "paren" && /[)）]/.test(written)) return undefined;
    return { kind: "value", from, to, typed, field };
  }
  if (token.kind === "operator" || (token.kind === "paren" && /[)）]/.test(written))) return undefined;
  if (token.kind === "space") {
    const last = tokens[index - 1];
    return last === undefined || last.kind === "keyword" || last.kind === "paren" ? here("word", "") : here("operator", "");
  }
  if (token.kind === "string") return undefined; // a phrase is searched as it is
  return { kind: "word", from, to, typed };
}

function inPipe(text: string, tokens: readonly Token[], before: number, typed: string, from: number, to: number): Place | undefined {
  let i = before;
  if (tokens[i]?.kind === "space") i--;
  const last = tokens[i];
  if (last === undefined) return undefined;
  const word = text.slice(last.from, last.to);
  if (last.kind === "pipe") return { kind: "function", from, to, typed };
  if (last.kind === "keyword" && /^by$/i.test(word)) return { kind: "argument", from, to, typed };
  if (last.kind === "paren" && /[(（]/.test(word)) return { kind: "argument", from, to, typed };
  if (last.kind === "function" && numeric.test(word)) return { kind: typed === "" && !/^(?:top|sort|fields)$/i.test(word) ? "operator" : "argument", from, to, typed };
  // Behind a comma stands one more of what the list is of.
  if (last.kind === "operator" && /^[,，]$/.test(word)) {
    for (let k = i; k >= 0 && tokens[k]?.kind !== "pipe"; k--) {
      if (tokens[k]?.kind === "keyword" || /^(?:sort|fields|top)$/i.test(text.slice(tokens[k]?.from, tokens[k]?.to))) return { kind: "argument", from, to, typed };
    }
    return { kind: "function", from, to, typed };
  }
  return { kind: "operator", from, to, typed };
}

/** What options are made of. */
export interface Sources {
  readonly fields: readonly SeenField[];
  /** Values of the place's field, or of the fields of the facet column. */
  readonly values: readonly { readonly field: string; readonly value: string; readonly count: number }[];
  readonly history: readonly string[];
}

/** Functions behind a pipe, and whether they want an argument. */
const functions: readonly (readonly [string, boolean])[] = [
  ["count", false], ["rate", false], ["avg", true], ["p50", true], ["p95", true], ["p99", true], ["min", true], ["max", true], ["sum", true], ["distinct", true], ["top", false], ["sort", false], ["limit", false], ["fields", false],
];

/** How well a name fits what was typed: 0 is best, undefined not at all. */
function fit(name: string, typed: string): number | undefined {
  const at = name.toLowerCase().indexOf(typed.toLowerCase());
  if (typed === "" || at === 0) return 0;
  if (at < 0) return undefined;
  return /[.\-_ /]/.test(name[at - 1] ?? "") ? 1 : 2;
}

function hitOf(label: string, typed: string): { readonly hit?: readonly [number, number] } {
  const at = typed === "" ? -1 : label.toLowerCase().indexOf(typed.toLowerCase());
  return at < 0 ? {} : { hit: [at, at + typed.length] };
}

function best<T>(list: readonly T[], name: (item: T) => string, typed: string, most: number): readonly T[] {
  return list
    .map((item, i) => ({ item, i, rank: fit(name(item), typed) }))
    .filter((one): one is { item: T; i: number; rank: number } => one.rank !== undefined)
    .toSorted((a, b) => a.rank - b.rank || a.i - b.i)
    .slice(0, most)
    .map(({ item }) => item);
}

const mostFields = 8;
const mostValues = 8;
const mostHistory = 4;

/** The options at a place, in the order in which they are shown. */
export function optionsAt(text: string, place: Place, sources: Sources): readonly Option[] {
  const { typed, from, to } = place;
  const rest = text.slice(to);
  const word = (kind: Option["kind"], label: string, insert = label): Option => ({ kind, label, insert, from, to, ...hitOf(label, typed) });
  const fieldOptions = (most: number, behind: string, list = sources.fields): Option[] =>
    best(list.toSorted((a, b) => b.share - a.share), ({ name }) => name, typed, most).map(({ name, type, share }) => ({ ...word("field", name, `${quoteField(name)}${behind}`), type, share, field: name }));
  const values = (most: number, label: (v: { field: string; value: string }) => string): Option[] =>
    best(sources.values, ({ value }) => value, typed, most).map((v) => ({ ...word("value", label(v), label(v)), count: v.count, field: v.field }));
  switch (place.kind) {
    case "value": {
      const list = sources.values.filter(({ field }) => field === place.field);
      const type = sources.fields.find(({ name }) => name === place.field)?.type;
      const comparisons = typed === "" && type === "number" && text[from - 1] !== ">" && text[from - 1] !== "<" ? [">", ">=", "<", "<="].map((sign) => word("operator", sign)) : [];
      return [
        ...comparisons,
        ...best(list, ({ value }) => value, typed, mostValues).map(({ field, value, count }) => ({ ...word("value", value, quote(value)), count, field })),
        ...(typed === "" && list.length > 0 ? [word("operator", "*")] : []),
      ].filter(({ insert }) => insert !== text.slice(from, to));
    }
    case "function":
      return best(functions, ([name]) => name, typed, functions.length).map(([name, argument]) => word("function", argument ? `${name}(…)` : name, argument ? `${name}(` : `${name} `));
    case "argument":
      return [...fieldOptions(mostFields, ""), ...(/\bby\b[^|]*$/i.test(text.slice(0, from)) ? best(["time(1m)", "time(10m)", "time(1h)"], (name) => name, typed, 3).map((name) => word("function", name)) : [])];
    case "operator":
      return best(/\|/.test(text.slice(0, from)) ? ["by", "|"] : ["and", "or", "not", "|"], (name) => name, typed, 4).map((name) => word("operator", name, `${name} `));
    default: {
      const known = /^\s*[:：<>]/.test(rest);
      const history = typed.length < 2 ? [] : best(sources.history.filter((q) => q !== text), (q) => q, typed, mostHistory);
      return [
        ...fieldOptions(mostFields, known ? "" : ":"),
        ...(typed === "" ? [] : values(mostValues / 2, ({ field, value }) => `${quoteField(field)}:${quote(value)}`)),
        ...(typed === "" ? [] : best(["and", "or", "not"].filter((name) => name !== typed.toLowerCase() && name.startsWith(typed.toLowerCase())), (name) => name, typed, 2).map((name) => word("operator", name, `${name} `))),
        ...history.map((q): Option => ({ kind: "history", label: q, insert: q, from: 0, to: text.length, ...hitOf(q, typed) })),
      ].filter(({ insert }) => insert !== text.slice(from, to));
    }
  }
}
