import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, OfflineError } from "../../../api/client";
import type { UnknownField } from "../../../api/types";
import { copyText } from "../../../components/copyText";
import { useT } from "../../../i18n";
import { writeQuery } from "../../../model/address";
import { csv } from "../../../model/csv";
import { count } from "../../../model/format";
import { type Events } from "../../../model/pipeLinks";
import { type Kind, kindsFor } from "../../../model/pipeTable";
import { partPipe } from "../../../model/pipeText";
import { formatSearch, type Search } from "../../../model/search";
import { fixed, type Span } from "../../../model/timeRange";
import resultStyles from "../ResultLine.module.css";
import { spanNow } from "../useRun";
import { useToast } from "../useToast";
import type { Said } from "../usePiped";
import type { Update } from "../useSearchState";
import searchStyles from "../SearchPage.module.css";
import styles from "./Pipe.module.css";
import { PipeLine } from "./PipeLine";
import { usePipeTexts } from "./pipeTexts";
import { PipeView } from "./PipeView";
import { usePipe } from "./usePipe";

export interface PipeProps {
  readonly search: Search;
  readonly project: string;
  readonly zone: string;
  readonly update: Update;
  /** Changes when the same query is to be asked again. */
  readonly turn: number;
  readonly small: boolean;
  /** Whether single keys act. */
  readonly keys: boolean;
  /** What was wrong with the query, and which names nobody knows, for the query box. */
  readonly onSaid: (said: Said) => void;
  /** Shows all keys. */
  readonly onKeys: () => void;
}

const nothing: readonly UnknownField[] = [];

/** The result of a query with pipes: its table, drawn as its shape asks for or as somebody chose. */
export function PipeBody({ search, project, zone, update, turn, small, keys, onSaid, onKeys }: PipeProps) {
  const t = usePipeTexts();
  const common = useT();
  const client = useQueryClient();
  const { q } = search;
  const { from, to } = search.range;
  // A relative range is read anew when it is asked again, and not with each paint.
  const [asked, setAsked] = useState(() => ({ from, to, zone, q, turn, span: spanNow({ from, to }, zone) }));
  if (asked.from !== from || asked.to !== to || asked.zone !== zone || asked.q !== q || asked.turn !== turn) {
    setAsked({ from, to, zone, q, turn, span: spanNow({ from, to }, zone) });
  }
  const { data, shape, error, reading, old, again } = usePipe({ q, project, span: asked.span, zone });
  const [toast, say] = useToast();

  const unknown = old ? undefined : data?.answer.unknownFields;
  useEffect(() => onSaid({ error: error ?? undefined, unknown: unknown ?? nothing }), [onSaid, error, unknown]);

  const address = useCallback((events: Events) => `/search${writeQuery(Object.fromEntries(formatSearch({ ...search, project, q: events.q, range: fixed(events.span), chart: "", sort: "", sel: "", live: false })))}`, [search, project]);
  const range = (span: Span) => update({ range: fixed(span) });
  const copy = async () => {
    if (data === undefined) return;
    const { columns, rows } = data.answer;
    const done = await copyText(csv(columns.map(({ name }) => name), rows));
    say(done ? t("csv.done", { n: count(rows.length) }) : t("csv.failed"));
  };
  const possible = useMemo(() => (data === undefined || shape === undefined ? [] : kindsFor(shape, data.answer.columns, data.answer.rows.length)), [data, shape]);
  const kind: Kind = search.chart !== "" && possible.includes(search.chart) ? search.chart : (possible[0] ?? "table");

  // What is wrong with the query is said at its column, a broken line by the shell.
  const failed = error !== null && !(error instanceof OfflineError) && !(error instanceof ApiError && error.code === "invalid_query");
  const { main } = partPipe(q);
  return (
    <div className={styles.body}>
      {reading && (
        <div className={styles.progress} role="progressbar" aria-label={t("reading")}>
          <i />
        </div>
      )}
      {failed && (
        <div className={`${resultStyles.banner ?? ""} ${resultStyles.bad ?? ""}`} role="alert">
          <IconAlertTriangle size={16} stroke={1.7} />
          <span>
            <b>{t("failed")}</b> {error.message}
          </span>
          <i className="grow" />
          <Button onClick={() => void again()}>{common("common.retry")}</Button>
        </div>
      )}
      {data?.answer.partial === true && (
        <div className={resultStyles.banner} role="status">
          <IconAlertTriangle size={16} stroke={1.7} />
          <span>
            <b>{t("partial")}</b> {data.answer.reason}
          </span>
          <i className="grow" />
          <Button onClick={() => range({ from: (data.span.from + data.span.to) / 2, to: data.span.to })}>{t("narrow")}</Button>
        </div>
      )}
      {data !== undefined && shape !== undefined && (
        <>
          <PipeLine answer={data.answer} reading={reading} possible={possible} kind={kind} onKind={(chart) => update({ chart, live: false })} onCopy={() => void copy()} />
          <PipeView
            key={data.q}
            data={data}
            shape={shape}
            kind={kind}
            possible={possible}
            zone={zone}
            small={small}
            keys={keys}
            sort={search.sort}
            address={address}
            events={address({ q: main, span: data.span })}
            onSort={(sort) => update({ sort })}
            onKind={(chart) => update({ chart, live: false })}
            onRange={range}
            onEvents={(events) => update({ q: events.q, range: fixed(events.span), chart: "", sort: "" })}
            onKeys={onKeys}
            onEscape={() => void client.cancelQueries({ queryKey: ["table"] })}
          />
        </>
      )}
      <div role="status" aria-live="polite">
        {toast !== "" && <div className={searchStyles.toast}>{toast}</div>}
      </div>
    </div>
  );
}
