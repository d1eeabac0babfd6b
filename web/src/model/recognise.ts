import { clauseText, quote } from "./clauses";
import { readRange } from "./readRange";
import type { Range } from "./timeRange";

/** What a pasted text is taken for, and what can be searched for it. */
export interface Recognised {
  readonly kind: "link" | "time" | "event" | "number" | "trace" | "share" | "line" | "words";
  /** Of a link: the path on this server, query string included. */
  readonly path?: string;
  /** Of a time: the range around it. */
  readonly range?: Range;
  /** Queries that find it, the most likely first. */
  readonly queries: readonly { readonly as: "field" | "words"; readonly q: string }[];
  /** What to look up to say whose it is; "" when that makes no sense. */
  readonly look: string;
}

const mostLine = 300;

/** The longest run of letters and spaces of a log line that has no digits: what is the same in its siblings. */
function phraseOf(line: string): string {
  const text = line.slice(0, 4000);
  const runs = text.match(/[\p{L}\p{M}_]+(?:[ \t]+[\p{L}\p{M}_]+)*/gu) ?? [];
  return runs.toSorted((a, b) => b.length - a.length)[0]?.slice(0, mostLine) ?? text.slice(0, mostLine);
}

const words = (text: string) => ({ as: "words", q: quote(text) }) as const;
const field = (name: string, value: string) => ({ as: "field", q: clauseText(name, value) }) as const;

/** Says what a text is; undefined for a blank one. `origin` is this server's, `now` ms. Nothing of it is stored or sent. */
export function recognise(text: string, origin: string, now: number, zone: string): Recognised | undefined {
  const it = text.trim();
  if (it === "") return undefined;
  if (it.startsWith(`${origin}/`)) return { kind: "link", path: it.slice(origin.length).split(/\s/, 1)[0] ?? "/", queries: [], look: "" };
  // As a page's log viewer makes it: six signs, no 0 1 5 8 B I L O S; a letter, or it is a number.
  const code = /^(?:(?:share:)([2-9A-Z]{3}-[2-9A-Z]{3})|(?=.*[A-Z])([234679AC-HJKMNP-RT-Z]{3}-[234679AC-HJKMNP-RT-Z]{3}))$/.exec(it.replace(/^share:.*/i, (all) => `share:${all.slice(6).toUpperCase()}`));
  if (code !== null) return { kind: "share", queries: [{ as: "field", q: `share:${code[1] ?? code[2] ?? ""}` }, words(it)], look: "" };
  // A time of a clock or a date, but no length such as 15m: those are words that somebody may look for.
  if (/^(?:\d{4}-\d\d-\d\d|\d{1,2}:\d\d|\d{13}$|\d{16}$|\d{19}$)/.test(it)) {
    const reading = readRange(`${it} ± 30s`, now, zone);
    if ("range" in reading) return { kind: "time", range: reading.range, queries: [words(it)], look: "" };
  }
  if (/^[0-9A-HJKMNP-TV-Z]{10,26}\.\d{1,12}$/.test(it) || /^\d{8}[0-9a-f]{16,32}\.\d{1,12}$/.test(it)) return { kind: "event", queries: [field("id", it)], look: "" };
  if (/^[+\d][\d\s().-]{5,24}$/.test(it) && it.replaceAll(/\D/g, "").length >= 6) {
    const digits = it.replaceAll(/\D/g, "");
    return { kind: "number", queries: [field("number", it), ...(digits === it ? [] : [field("number", digits)]), words(it)], look: it };
  }
  if (/^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(it)) return { kind: "trace", queries: [field("traceId", it), words(it)], look: it };
  if (it.includes("\n") || it.length > 80) return { kind: "line", queries: [words(phraseOf(it))], look: "" };
  return { kind: "words", queries: /\s/.test(it) ? [words(it), { as: "words", q: it }] : [words(it)], look: /\s/.test(it) ? "" : it };
}
