import { useMemo } from "react";
import { ansiRuns } from "../model/ansi";
import { pieces } from "../model/untrusted";
import styles from "./AnsiText.module.css";

/** A terminal's text in its colours, the page's own ones: each can be read on the page's ground. Other signs that could act stand in boxes. */
export function AnsiText({ text }: { text: string }) {
  const runs = useMemo(() => ansiRuns(text), [text]);
  return runs.map(({ text: part, colour, bold }, i) => (
    // The runs of one text never change their order.
    // oxlint-disable-next-line react/no-array-index-key
    <span key={i} className={`${colour === undefined ? "" : (styles[colour] ?? "")} ${bold === true ? (styles.bold ?? "") : ""}`}>
      {pieces(part, true).map((piece, at) => (piece.sign === true ? <kbd key={`${at}`}>{piece.text}</kbd> : piece.text))}
    </span>
  ));
}
