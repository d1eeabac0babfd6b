import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { count } from "../../model/format";
import { atColumn, type Part, type SourceTrial, type TriedLine } from "../../model/sources";
import settings from "./Settings.module.css";
import styles from "./Sources.module.css";
import { useSourceTexts } from "./useSourceTexts";

interface Props {
  readonly trial: SourceTrial;
  readonly loading: boolean;
  /** Gives a name of the sample a row among the fields; none where names mean nothing. */
  readonly onMap: ((name: string) => void) | undefined;
  readonly onEncoding: (encoding: string) => void;
}

/** What became of a sample, line by line: each thing that a line says and where it went, or the sign that stopped it. */
export function SourceTrialView({ trial, loading, onMap, onEncoding }: Props) {
  const s = useSourceTexts();
  return (
    <section className={styles.trial} aria-label={s("try.result")} aria-busy={loading}>
      <div className={styles.counts} role="status">
        <span>{s.rich("try.events", { n: <b>{count(trial.accepted)}</b> }, trial.accepted)}</span>
        {trial.rejected > 0 && <span data-bad>{s.rich("try.rejected", { n: <b>{count(trial.rejected)}</b> }, trial.rejected)}</span>}
        <i className="grow" />
        <span className="muted">{trial.guessed ? s("try.guessed", { format: trial.format }) : trial.format}</span>
        {trial.encoding !== "" && <span className="muted">{trial.encoding}</span>}
        <span className="muted">{s("try.zone", { zone: trial.zone })}</span>
      </div>
      {trial.otherEncoding !== undefined && (
        <p className={styles.warn}>
          {s("try.other", { encoding: trial.otherEncoding })}{" "}
          <button type="button" className={settings.link} onClick={() => onEncoding(trial.otherEncoding ?? "")}>
            {s("try.take", { encoding: trial.otherEncoding })}
          </button>
        </p>
      )}
      <ol>
        {trial.lines.map((line) => (
          <li key={line.line} data-bad={line.error !== undefined || undefined}>
            <Line line={line} onMap={onMap} />
          </li>
        ))}
      </ol>
      {trial.more > 0 && <p className={styles.hint}>{s("try.more", { n: count(trial.more) })}</p>}
    </section>
  );
}

function Line({ line, onMap }: { line: TriedLine; onMap: Props["onMap"] }) {
  const s = useSourceTexts();
  const { error } = line;
  const [before, at, after] = atColumn(line.text, error?.column);
  return (
    <>
      <p className={styles.text}>
        <span>{line.lines > 1 ? s("try.lines", { line: line.line, last: line.line + line.lines - 1 }) : s("try.line", { line: line.line })}</span>
        {typeof line.event?.["level"] === "string" && <Level level={line.event["level"]} />}
        <code translate="no">
          <Message text={before} code="" hits={undefined} />
          {at !== "" && (
            <u>
              <Message text={at} code="" hits={undefined} />
            </u>
          )}
          <Message text={after} code="" hits={undefined} />
        </code>
      </p>
      {error !== undefined && (
        <p className={styles.why}>
          {error.column === undefined ? s("try.nocolumn", { line: line.line, reason: error.reason }) : s("try.column", { line: line.line, column: error.column, reason: error.reason })}
        </p>
      )}
      {line.parts !== undefined && line.parts.length > 0 && (
        <table className={styles.parts}>
          <thead className="sr-only">
            <tr>
              <th scope="col">{s("part.name")}</th>
              <th scope="col">{s("part.field")}</th>
              <th scope="col">{s("part.value")}</th>
            </tr>
          </thead>
          <tbody>
            {line.parts.map((part, i) => (
              // A line says its parts in a fixed order.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={i}>
                <td>{part.name ?? ""}</td>
                <td>
                  <Became part={part} onMap={onMap} />
                </td>
                <td>
                  <Message text={part.value} code="" hits={undefined} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Became({ part, onMap }: { part: Part; onMap: Props["onMap"] }) {
  const s = useSourceTexts();
  const { name = "", field } = part;
  if (field !== undefined) {
    return (
      <>
        <b translate="no">{field}</b> {part.data === true && <span className="muted">{s("part.also")}</span>}
      </>
    );
  }
  return (
    <>
      <span className="muted">{s("part.data")}</span>{" "}
      {onMap !== undefined && (
        <button type="button" className={settings.link} aria-label={s("part.map", { name })} onClick={() => onMap(name)}>
          +
        </button>
      )}
    </>
  );
}
