/**
 * A light reading of the query language for the page: colours, and adding or
 * removing clauses. The server's parser is the judge of what a query means;
 * this one never fails, whatever is being typed.
 */
export type TokenKind = "space" | "field" | "operator" | "keyword" | "value" | "string" | "star" | "paren" | "pipe" | "function";

/** Offsets are those of JavaScript strings (UTF-16). Tokens cover the text without gaps. */
export interface Token {
  readonly kind: TokenKind;
  readonly from: number;
  readonly to: number;
}

const space = /[\s\u3000]/;
const closing: Readonly<Record<string, string>> = { '"': '"', "“": "”" };
const functions = /^(?:count|rate|avg|min|max|sum|distinct|top|sort|limit|fields|time|p\d{1,2}(?:\.\d{1,3})?)$/i;
const pipeWords = new Set(["by"]);
const stepWords = /^(?:sequence|by|then|not|within|lateness)$/i;

/** Whether a text is a sequence, as the server tells it. */
export function isSequence(text: string): boolean {
  return /^[\s\u3000]*sequence[\s\u3000]+by[\s\u3000]/i.test(text) && text.includes("[");
}

/** Whether a text is in Lucene's syntax. */
export function isLucene(text: string): boolean {
  return /^[\s\u3000]*lucene:/.test(text);
}

/** Where a quoted text that opens at `from` ends; the end of the text when it is not closed. */
function endOfString(text: string, from: number): number {
  const close = closing[text[from] ?? ""];
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === close) return i + 1;
  }
  return text.length;
}

/** Where a run of word signs ends. A value may hold colons, a field ends at its first. */
function endOfWord(text: string, from: number, value: boolean, inRange: boolean, signs: string): number {
  let i = from;
  while (i < text.length) {
    const c = text[i] ?? "";
    if (c === "\\") {
      i += 2;
      continue;
    }
    if (space.test(c) || '()（）"“”|'.includes(c)) break;
    if (!value && ":：<>".includes(c)) break;
    if (inRange && "[]{}".includes(c)) break;
    if (signs.includes(c)) break;
    i++;
  }
  return Math.min(i, text.length);
}

/** Parts a value at its unescaped wildcards. */
function withStars(text: string, from: number, to: number, kind: TokenKind, out: Token[]): void {
  let begin = from;
  for (let i = from; i < to; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "*") {
      if (i > begin) out.push({ kind, from: begin, to: i });
      out.push({ kind: "star", from: i, to: i + 1 });
      begin = i + 1;
    }
  }
  if (to > begin) out.push({ kind, from: begin, to });
}

export function tokenize(text: string): Token[] {
  const out: Token[] = [];
  let i = 0;
  let piped = false;
  let range = false;
  let afterOperator = false; // the next word is a value
  const sequence = isSequence(text);
  const lucene = isLucene(text);
  let step = false; // in the brackets of a sequence's step
  while (i < text.length) {
    const c = text[i] ?? "";
    const from = i;
    if (space.test(c)) {
      while (i < text.length && space.test(text[i] ?? "")) i++;
      out.push({ kind: "space", from, to: i });
      continue;
    }
    if (c in closing) {
      i = endOfString(text, i);
      const quotedField = !afterOperator && /^[\s\u3000]*[:：]/.test(text.slice(i));
      out.push({ kind: quotedField ? "field" : "string", from, to: i });
      afterOperator = false;
      continue;
    }
    if ("()（）".includes(c)) {
      out.push({ kind: "paren", from, to: ++i });
      afterOperator = false;
      continue;
    }
    if (sequence && !piped && !range && (step ? c === "]" : c === "[")) {
      step = c === "[";
      out.push({ kind: "paren", from, to: ++i });
      afterOperator = false;
      continue;
    }
    if (lucene && c === "|" && text[i + 1] === "|") {
      out.push({ kind: "keyword", from, to: (i += 2) });
      continue;
    }
    if (lucene && c === "/" && (afterOperator || /[\s(:]/.test(text[i - 1] ?? ""))) {
      const end = /^\/(?:\\.|[^\\/])*\//su.exec(text.slice(i))?.[0].length;
      out.push({ kind: "string", from, to: (i += end ?? text.length - i) });
      afterOperator = false;
      continue;
    }
    if (c === "|") {
      piped = true;
      out.push({ kind: "pipe", from, to: ++i });
      continue;
    }
    const operator = /^(?:[:：](?:>=|<=|>|<)?|>=|<=|>|<)/.exec(text.slice(i, i + 3))?.[0];
    if (operator !== undefined && !(afterOperator && /^[:：]/.test(operator))) {
      i += operator.length;
      out.push({ kind: "operator", from, to: i });
      afterOperator = !(lucene && text.slice(0, i).trim() === "lucene:");
      continue;
    }
    if ((afterOperator && "[{".includes(c)) || (range && "]}".includes(c))) {
      range = "[{".includes(c);
      out.push({ kind: "operator", from, to: ++i });
      afterOperator = false;
      continue;
    }
    if (piped && ",，".includes(c)) {
      out.push({ kind: "operator", from, to: ++i });
      continue;
    }
    i = endOfWord(text, i, afterOperator || range, range, sequence && !piped && !range ? (step ? "]" : "[") : "");
    // Behind a pipe a comma parts what stands in a list.
    const comma = piped ? text.slice(from, i).search(/(?<!\\)[,，]/) : -1;
    if (comma > 0) i = from + comma;
    if (i === from) i++; // a sign that begins nothing: a value of its own
    const word = text.slice(from, i);
    const rest = text.slice(i);
    if (!afterOperator && !range && (/^[\s\u3000]*[:：]/.test(rest) || /^[\s\u3000]*[<>]/.test(rest))) out.push({ kind: "field", from, to: i });
    else if (!afterOperator && (range ? /^to$/i : /^(?:and|or|not)$/i).test(word)) out.push({ kind: "keyword", from, to: i });
    else if (sequence && !step && !piped && stepWords.test(word)) out.push({ kind: "keyword", from, to: i });
    else if (piped && functions.test(word)) out.push({ kind: "function", from, to: i });
    else if (piped && pipeWords.has(word.toLowerCase())) out.push({ kind: "keyword", from, to: i });
    else withStars(text, from, i, "value", out);
    afterOperator = false;
  }
  return out;
}

/** The offset in a JavaScript string of a column, which counts Unicode characters from 1. */
export function offsetOfColumn(text: string, column: number): number {
  let offset = 0;
  let at = 1;
  for (const sign of text) {
    if (at >= column) return offset;
    offset += sign.length;
    at++;
  }
  return offset;
}

/** The part of the text that an error at a column is about: the word there, or the last sign. */
export function wordAt(text: string, column: number): { readonly from: number; readonly to: number } {
  const at = offsetOfColumn(text, column);
  const token = tokenize(text).find((t) => t.from <= at && at < t.to && t.kind !== "space");
  if (token !== undefined) return { from: Math.max(token.from, at), to: token.to };
  if (at < text.length) return { from: at, to: at + 1 };
  return { from: Math.max(0, text.length - 1), to: text.length };
}
