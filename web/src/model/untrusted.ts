/**
 * Text that came from a machine, made safe for the eye: control signs and
 * direction overrides become names in boxes, ANSI sequences are taken out.
 */

const c0 = "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(" ");

const named: Readonly<Record<number, string>> = {
  0x7f: "DEL", 0x85: "NEL", 0xad: "SHY", 0x61c: "ALM", 0x180e: "MVS",
  0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200e: "LRM", 0x200f: "RLM", 0x2028: "LSEP", 0x2029: "PSEP",
  0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO", 0x202e: "RLO",
  0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM",
};

/** What is shown in a box for a sign that must not act on the page; undefined for ordinary signs. */
export function signName(code: number): string | undefined {
  if (code < 0x20) return c0[code];
  const name = named[code];
  if (name !== undefined) return name;
  if (code >= 0x80 && code < 0xa0) return `C1-${code.toString(16).toUpperCase()}`;
  if (code >= 0xd800 && code <= 0xdfff) return `U+${code.toString(16).toUpperCase()}`; // half of a pair
  if (code >= 0xe0000 && code <= 0xe007f) return "TAG";
  if (code >= 0xfff9 && code <= 0xfffb) return "IAA";
  return undefined;
}

// CSI sequences, OSC up to BEL or ST, and the two-sign escapes.
// oxlint-disable-next-line no-control-regex
const ansi = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\^_])|\u009B[0-?]*[ -/]*[@-~]/g;

export function dropAnsi(text: string): string {
  return text.includes("\u001B") || text.includes("\u009B") ? text.replaceAll(ansi, "") : text;
}

export interface Piece {
  readonly text: string;
  /** Set when `text` is the name of a sign that stands in a box. */
  readonly sign?: true;
}

// oxlint-disable-next-line no-control-regex
const suspicious = /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uD800-\uDFFF\uFEFF\uFFF9-\uFFFB]/;

/** More boxes than these would be a page of boxes: signs beyond them are named in brackets, in the text. */
const mostBoxes = 200;

/**
 * Parts a text into what can be shown as it is and the names of signs that
 * cannot. Tabs stay; line feeds stay too where `multiline`, and a CR before
 * one is part of it.
 */
export function pieces(text: string, multiline: boolean): Piece[] {
  if (!suspicious.test(text)) return text === "" ? [] : [{ text }];
  const out: Piece[] = [];
  let run = "";
  const signs = multiline ? text.replaceAll("\r\n", "\n") : text;
  for (const sign of signs) {
    const code = sign.codePointAt(0) ?? 0;
    const name = code === 9 || (multiline && code === 10) ? undefined : signName(code);
    if (name === undefined) {
      run += sign;
      continue;
    }
    if (out.length >= 2 * mostBoxes) {
      run += `‹${name}›`;
      continue;
    }
    if (run !== "") out.push({ text: run });
    run = "";
    out.push({ text: name, sign: true });
  }
  if (run !== "") out.push({ text: run });
  return out;
}

/** Cuts a text to at most `most` UTF-16 units, never inside a pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

/** A short text on one line, in places where no box can stand: signs that must not act are named in brackets. */
export function safeText(text: string, most = 400): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return pieces(dropAnsi(cut), false)
    .map((piece) => (piece.sign === true ? `[${piece.text}]` : piece.text))
    .join("");
}
