import { dropAnsi } from "./untrusted";

/** One of the eight colours of a terminal. */
export type AnsiColour = "black" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "white";

/** A run of text in one look. */
export interface AnsiRun {
  readonly text: string;
  readonly colour?: AnsiColour;
  readonly bold?: true;
}

const colours: readonly AnsiColour[] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// oxlint-disable-next-line no-control-regex
const look = /\u001B\[([\d;]{0,40})m/g;

/** More runs than this are given as one, without colours: a hostile text may change them at each sign. */
export const mostRuns = 500;

/**
 * Reads the colours out of a terminal's text. Only the foreground and bold are
 * taken: a background could hide what stands on it. All other sequences are
 * dropped. The texts of the runs, joined, are what dropAnsi gives.
 */
export function ansiRuns(text: string): readonly AnsiRun[] {
  const runs: AnsiRun[] = [];
  let colour: AnsiColour | undefined;
  let bold = false;
  const add = (part: string) => {
    const plain = dropAnsi(part);
    if (plain !== "") runs.push({ text: plain, ...(colour === undefined ? {} : { colour }), ...(bold ? { bold: true } : {}) });
  };
  let at = 0;
  for (const m of text.matchAll(look)) {
    add(text.slice(at, m.index));
    at = m.index + m[0].length;
    if (runs.length >= mostRuns) {
      colour = undefined;
      bold = false;
      break;
    }
    const codes = (m[1] ?? "").split(";").map(Number);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] ?? 0;
      if (code === 0) {
        colour = undefined;
        bold = false;
      } else if (code === 1) bold = true;
      else if (code === 22) bold = false;
      else if (code === 39) colour = undefined;
      else if (code >= 30 && code <= 37) colour = colours[code - 30];
      else if (code >= 90 && code <= 97) colour = colours[code - 90];
      else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : codes[i + 1] === 2 ? 4 : 0; // 256 colours and more: not ours
    }
  }
  add(text.slice(at));
  return runs;
}
