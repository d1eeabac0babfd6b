import "./QueryBox/QueryBox.css";
import { tokenize } from "../model/queryTokens";

const classes: Readonly<Record<string, string>> = { paren: "q-operator" };

/** A query in its colours, to be read and not written. */
export function QueryText({ q }: { q: string }) {
  return (
    <code>
      {tokenize(q).map(({ kind, from, to }) => (
        <span key={from} className={classes[kind] ?? `q-${kind}`}>
          {q.slice(from, to)}
        </span>
      ))}
    </code>
  );
}
