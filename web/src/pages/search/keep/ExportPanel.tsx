import { Button } from "@mantine/core";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import { type FormEvent, useState } from "react";
import { type Format, formats, shownColumns } from "../../../model/exporting";
import { bytes, count, rfc3339 } from "../../../model/format";
import type { Page } from "../usePage";
import styles from "./Keep.module.css";
import { useKeepTexts } from "./texts";
import { type ExportState, useExport } from "./useExport";

/** Everything that was found, as a file: how, how many, and how far it has come. */
export function ExportPanel({ page }: { page: Page }) {
  const k = useKeepTexts();
  const piped = page.piped.on;
  const shown = shownColumns(page.search.cols.map(({ field }) => field));
  const [format, setFormat] = useState<Format>("csv");
  const [columns, setColumns] = useState<"all" | "shown">("all");
  const [some, setSome] = useState(false);
  const [limit, setLimit] = useState("10000");
  const [bom, setBom] = useState(false);
  const { state, start, cancel } = useExport();
  const running = state.phase === "running";
  const go = (event: FormEvent) => {
    event.preventDefault();
    const { from, to } = page.span.current;
    void start(
      {
        format, bom: bom && format === "csv", q: page.search.q, from: rfc3339(from), to: rfc3339(to), project: page.project,
        columns: !piped && columns === "shown" ? shown : undefined, limit: !piped && some ? Math.max(1, Math.floor(Number(limit))) : 0,
      },
      piped,
    );
  };
  return (
    <form onSubmit={go}>
      <fieldset className={styles.choice} disabled={running}>
        <legend>{k("export.format")}</legend>
        {formats.map((name) => (
          <label key={name}>
            <input type="radio" name="format" checked={format === name} onChange={() => setFormat(name)} /> {k(`export.${name}`)}
          </label>
        ))}
        {format === "csv" && (
          <label>
            <input type="checkbox" checked={bom} onChange={(e) => setBom(e.target.checked)} /> {k("export.bom")}
          </label>
        )}
      </fieldset>
      {piped ? (
        <p>{k("export.table")}</p>
      ) : (
        <>
          <fieldset className={styles.choice} disabled={running}>
            <legend>{k("export.columns")}</legend>
            <label>
              <input type="radio" name="columns" checked={columns === "all"} onChange={() => setColumns("all")} /> {k("export.all")}
            </label>
            <label>
              <input type="radio" name="columns" checked={columns === "shown"} onChange={() => setColumns("shown")} /> {k("export.shown", { fields: shown.join(", ") })}
            </label>
          </fieldset>
          <fieldset className={styles.choice} disabled={running}>
            <legend>{k("export.many")}</legend>
            <label>
              <input type="radio" name="many" checked={!some} onChange={() => setSome(false)} /> {k("export.everything")}
            </label>
            <label>
              <input type="radio" name="many" checked={some} onChange={() => setSome(true)} /> {k("export.first")}
              <input className={styles.number} type="number" min={1} max={1e12} required={some} aria-label={k("export.count")} value={limit} onFocus={() => setSome(true)} onChange={(e) => setLimit(e.target.value)} />
            </label>
          </fieldset>
        </>
      )}
      <State state={state} piped={piped} />
      <div className={styles.buttons}>
        {running ? (
          <Button key="cancel" autoFocus onClick={cancel}>
            {k("export.cancel")}
          </Button>
        ) : (
          <Button key="go" type="submit" variant="filled" leftSection={<IconDownload size={14} stroke={1.7} />}>
            {k("export.go")}
          </Button>
        )}
      </div>
    </form>
  );
}

function State({ state, piped }: { state: ExportState; piped: boolean }) {
  const k = useKeepTexts();
  switch (state.phase) {
    case "idle":
      return null;
    case "cancelled":
      return <p role="status">{k("export.cancelled")}</p>;
    case "failed":
      return (
        <p className={styles.bad} role="alert">
          {k("export.failed", { reason: state.reason })}
        </p>
      );
    case "done": {
      const { outcome, file } = state;
      const slots = { file, size: bytes(outcome.bytes) };
      return (
        <div role="status">
          <p className={styles.good}>{piped ? k("export.doneTable", slots) : k("export.done", { ...slots, n: count(outcome.events) })}</p>
          {outcome.undecided > 0 && <p className={styles.note}>{k("export.undecided", { n: outcome.undecided })}</p>}
          {outcome.reason !== "" && <p className={styles.note}>{k("export.partial", { reason: outcome.reason })}</p>}
        </div>
      );
    }
    default: {
      const { progress, total } = state;
      const slots = { events: count(progress.events), size: bytes(progress.bytes) };
      return (
        <>
          <progress className={styles.progress} aria-label={k("export.progress")} {...(total === undefined || total === 0 ? {} : { max: total, value: Math.min(progress.events, total) })} />
          <p>{progress.events === 0 ? k("export.bytes", slots) : total === undefined ? k("export.running", slots) : k("export.of", { ...slots, total: count(total) })}</p>
          <div role="status">{progress.tries > 0 && <p className={styles.note}>{k("export.tries", { n: progress.tries })}</p>}</div>
        </>
      );
    }
  }
}
