import type { LogEvent } from "../api/types";
import { cut, dropAnsi, pieces } from "./untrusted";

/** A piece of a message as it is painted. */
export interface Segment {
  readonly kind: "text" | "key" | "code" | "hit" | "sign";
  readonly text: string;
}

/** Rows show this much of a message; the drawer shows all on demand. */
export const rowCut = 4000;

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * What an event says in one line. Invocation logs have no message of their
 * own: it is put together from what was called and on what.
 */
export function messageOf(event: LogEvent): string {
  const said = textOf(event.msg) || textOf(event.errorMsg);
  if (said !== "") return said;
  const resource = textOf(event["httpPath"]) || textOf(event["function"]) || listText(event["collectionName"]) || listText(event["filePath"]);
  const called = [textOf(event["event"]), resource].filter((part) => part !== "").join(" ");
  if (called !== "") return called;
  const raw = textOf(event.raw);
  if (raw !== "") return raw;
  return event.data === undefined ? "" : JSON.stringify(event.data);
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : "";
}

/** Signs that mean something in a regular expression. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

const wordSign = String.raw`[\p{L}\p{N}\p{M}_]`;
const single = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/**
 * A pattern that finds the words of a query in a message, as whole words where
 * the language has spaces; undefined when there is nothing to mark.
 */
export function hitPattern(words: readonly string[]): RegExp | undefined {
  const parts = words
    .filter((word) => word.trim() !== "")
    .slice(0, 50)
    .toSorted((a, b) => b.length - a.length)
    .map((word) => {
      const edge = (sign: string | undefined) => sign !== undefined && /[\p{L}\p{N}_]/u.test(sign) && !single.test(sign);
      const begin = edge([...word][0]) ? `(?<!${wordSign})` : "";
      const end = edge([...word].at(-1)) ? `(?!${wordSign})` : "";
      return begin + literal(word) + end;
    });
  return parts.length === 0 ? undefined : new RegExp(parts.join("|"), "giu");
}

const keyPattern = /(?<![\p{L}\p{N}_.-])[\p{L}_][\p{L}\p{N}_.-]*=(?!=)/gu;

interface Mark {
  readonly from: number;
  readonly to: number;
  readonly kind: "key" | "code" | "hit";
}

/** The first marks win; later ones that overlap them are left out. */
function marksOf(text: string, code: string, hits: RegExp | undefined): Mark[] {
  const marks: Mark[] = [];
  const free = (from: number, to: number) => marks.every((m) => to <= m.from || from >= m.to);
  const add = (kind: Mark["kind"], from: number, to: number) => {
    if (to > from && marks.length < 200 && free(from, to)) marks.push({ kind, from, to });
  };
  if (code !== "") {
    for (let at = text.indexOf(code); at >= 0; at = text.indexOf(code, at + code.length)) add("code", at, at + code.length);
  }
  if (hits !== undefined) for (const m of text.matchAll(hits)) add("hit", m.index, m.index + m[0].length);
  for (const m of text.matchAll(keyPattern)) add("key", m.index, m.index + m[0].length);
  return marks.toSorted((a, b) => a.from - b.from);
}

/**
 * A message as the pieces that a row or the drawer paints: the error code
 * tinted (added at the end when the message does not hold it), the query's
 * words marked, `key=` muted, signs that must not act in boxes.
 */
export function segments(message: string, code: string, hits: RegExp | undefined, multiline: boolean): Segment[] {
  const text = dropAnsi(cut(message, multiline ? message.length : rowCut));
  const out: Segment[] = [];
  const plain = (kind: Segment["kind"], part: string) => {
    for (const piece of pieces(part, multiline)) out.push({ kind: piece.sign === true ? "sign" : kind, text: piece.text });
  };
  let at = 0;
  for (const mark of marksOf(text, code, hits)) {
    plain("text", text.slice(at, mark.from));
    plain(mark.kind, text.slice(mark.from, mark.to));
    at = mark.to;
  }
  plain("text", text.slice(at));
  if (code !== "" && !out.some((s) => s.kind === "code")) {
    if (out.length > 0) out.push({ kind: "text", text: " " });
    plain("code", code);
  }
  return out;
}
