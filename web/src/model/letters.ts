/** Dead letters as GET /v1/dead-letters tells them. */

export interface Letter {
  readonly id: string;
  readonly received: string;
  readonly door: string;
  readonly format: string;
  readonly line: number;
  readonly field: string;
  readonly column: number;
  readonly reason: string;
  readonly group: string;
  readonly excerpt: { readonly before: string; readonly sign: string; readonly after: string; readonly cutBefore: boolean; readonly cutAfter: boolean };
  readonly text: string;
  readonly bytes: number;
  readonly readable: boolean;
  readonly replayed: { readonly at: string | null; readonly by: string; readonly format: string; readonly eventId: string } | null;
}

export interface LetterReason {
  readonly group: string;
  readonly reason: string;
  readonly field: string;
  readonly door: string;
  readonly format: string;
  readonly count: number;
  readonly open: number;
}

export interface LetterPage {
  readonly letters: readonly Letter[];
  readonly next: string;
  readonly reasons: readonly LetterReason[];
  readonly counted: number;
  readonly whole: boolean;
  readonly formats: readonly string[];
}

export interface Replayed {
  readonly stored: number;
  readonly tried: number;
  readonly more: boolean;
  readonly unknown: number;
  readonly results: readonly { readonly id: string; readonly result: "stored" | "before" | "unreadable" | "failed"; readonly eventId?: string; readonly reason?: string }[];
}

/** The most bytes that are kept of a letter; longer ones cannot be played again. */
const mostKept = 64 * 1024;

/** What a person can do about a letter. */
export type Fix = "readable" | "cut" | "pretty" | "array" | "limit" | "track" | "format" | "json" | "time" | "level" | "field";

/** Looks at a letter and says which advice helps. */
export function fixOf(letter: Pick<Letter, "readable" | "bytes" | "reason" | "field" | "format" | "text">): Fix {
  if (letter.bytes > mostKept - 4) return "cut";
  if (letter.readable) return "readable";
  if (letter.reason.includes("limit ")) return "limit";
  if (letter.format === "track") return "track";
  if (/pretty-printed/.test(letter.reason)) return "pretty";
  if (/begins a JSON array/.test(letter.reason)) return "array";
  const json = letter.format === "json" || letter.format === "events" || letter.format === "invocation";
  if (guessFormat(letter.text) !== undefined && json !== looksLikeJson(letter.text)) return "format";
  if (letter.field === "time") return "time";
  if (letter.field === "level") return "level";
  if (json) return "json";
  return letter.field === "" ? "format" : "field";
}

function looksLikeJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

/** The format that a text looks like; undefined where only "text" would read it. */
export function guessFormat(text: string): string | undefined {
  if (looksLikeJson(text)) return "json";
  if (/^\s*(NOTICE|WARNING|FATAL|INFO|TRACE|DEBUG):/.test(text)) return "prism";
  if (/^<\d{1,3}>/.test(text)) return "syslog";
  if (/^\S+ \S+ \S+ \[[^\]]+\] "/.test(text)) return "access";
  if (/^\s*[\w.-]+=("|\S)/.test(text) && /\s[\w.-]+=/.test(text)) return "logfmt";
  return undefined;
}

/** The format to offer first: what the text looks like, if it can be chosen and is another one than before. A source is offered again: it may have been mended. */
export function offeredFormat(text: string, was: string, formats: readonly string[]): string {
  if (was.startsWith("source:") && formats.includes(was)) return was;
  const guess = guessFormat(text);
  if (guess !== undefined && guess !== was && formats.includes(guess)) return guess;
  return formats.includes(was) ? was : formats.includes("text") ? "text" : (formats[0] ?? "");
}
