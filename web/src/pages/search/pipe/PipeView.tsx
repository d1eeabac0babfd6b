import { useMemo, useState } from "react";
import { Link } from "@tanstack/react-router";
import type { Cell, TableAnswer } from "../../../api/table";
import { useKeys } from "../../../hooks/useKeys";
import { readQuery } from "../../../model/address";
import { count } from "../../../model/format";
import { type Events, rowEvents, stepSpan, withKeys } from "../../../model/pipeLinks";
import { chartOf, type Series } from "../../../model/pipeSeries";
import { figure, keyText, type Kind, kinds, readSort, type Shape, sorted } from "../../../model/pipeTable";
import { partPipe } from "../../../model/pipeText";
import { spanLabel } from "../../../model/rangeLabel";
import type { Span } from "../../../model/timeRange";
import { useT } from "../../../i18n";
import resultStyles from "../ResultLine.module.css";
import { AllKeys } from "../../../components/AllKeys";
import { EventsLink } from "../../../components/EventsLink";
import { Panels } from "./Panels";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";
import { ResultTable } from "./ResultTable";
import { SeriesTable } from "./SeriesTable";
import { TopList } from "./TopList";

interface Props {
  readonly data: { readonly q: string; readonly span: Span; readonly answer: TableAnswer };
  readonly shape: Shape;
  readonly kind: Kind;
  readonly possible: readonly Kind[];
  readonly zone: string;
  readonly small: boolean;
  readonly keys: boolean;
  readonly sort: string;
  readonly address: (events: Events) => string;
  /** The address of all events that were counted. */
  readonly events: string;
  readonly onSort: (sort: string) => void;
  readonly onKind: (kind: Kind) => void;
  readonly onRange: (span: Span) => void;
  readonly onEvents: (events: Events) => void;
  readonly onEscape: () => void;
  readonly onKeys: () => void;
}

/** One table in one of its four looks, with its keys. */
export function PipeView({ data, shape, kind, possible, zone, small, keys, sort, address, events, onSort, onKind, onRange, onEvents, onEscape, onKeys }: Props) {
  const t = usePipeTexts();
  const common = useT();
  const { q, span, answer } = data;
  const { columns } = answer;
  const overTime = kind === "line" || kind === "bar";
  const chart = useMemo(() => (overTime ? chartOf(answer, shape) : undefined), [answer, shape, overTime]);
  const rows = useMemo(() => sorted(answer.rows, columns, readSort(sort, columns)), [answer.rows, columns, sort]);
  const fields = useMemo(() => shape.keys.map((i) => columns[i]?.name ?? ""), [shape, columns]);
  const names = useMemo(
    () => new Map((chart?.series ?? []).map(({ id, keys: own }) => [id, fields.length === 0 ? t("series.all") : keyText(own, t("series.without", { field: fields.join(" · ") }))])),
    [chart, fields, t],
  );
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<number>();
  const [row, setRow] = useState(-1);

  const all = overTime ? (chart?.series.length ?? 0) : rows.length;
  const series = overTime ? chart?.series[row] : undefined;
  const hide = (id: string) => setHidden((old) => new Set(old.has(id) ? [...old].filter((one) => one !== id) : [...old, id]));
  const seriesEvents = (one: Series, step: number | undefined): Events | undefined => {
    const at = step === undefined ? undefined : chart?.at[step];
    return shape.linked ? { q: withKeys(q, fields, one.keys), span: at === undefined ? span : stepSpan(at, shape.step, span) } : undefined;
  };
  const eventsOf = (cells: readonly Cell[]): Events | undefined => (shape.linked ? rowEvents(q, shape, columns, cells, span) : undefined);
  const addressOf = (found: Events | undefined) => (found === undefined ? undefined : address(found));
  const chooseKind = (n: number) => () => {
    const wanted = kinds[n];
    if (wanted === undefined || !possible.includes(wanted)) return false;
    onKind(wanted);
    return true;
  };
  const open = () => {
    const cells = rows[row];
    const found = series !== undefined ? seriesEvents(series, cursor) : cells !== undefined && !overTime ? eventsOf(cells) : undefined;
    if (found === undefined) return false;
    onEvents(found);
    return true;
  };
  const move = (by: number) => () => setRow((old) => Math.max(0, Math.min(all - 1, old + by)));
  useKeys(
    {
      "1": chooseKind(0),
      "2": chooseKind(1),
      "3": chooseKind(2),
      "4": chooseKind(3),
      j: move(1),
      k: move(-1),
      x: () => (series === undefined ? false : hide(series.id)),
      Enter: open,
      ArrowLeft: () => (chart === undefined ? false : setCursor((old) => Math.max(0, (old ?? chart.at.length) - 1))),
      ArrowRight: () => (chart === undefined ? false : setCursor((old) => Math.min(chart.at.length - 1, (old ?? -1) + 1))),
      Escape: () => {
        if (cursor !== undefined) setCursor(undefined);
        else onEscape();
      },
    },
    keys,
  );

  if (answer.rows.length === 0) {
    return (
      <div className={styles.none}>
        <h2>{t("none.title")}</h2>
        <p>{t("none.text", { from: spanLabel({ from: span.from, to: span.from + 1 }, span.to, zone, common).replace(/ – .*/, ""), to: spanLabel({ from: span.to, to: span.to + 1 }, span.to, zone, common).replace(/ – .*/, "") })}</p>
        <p>
          <Link to="/search" search={readQuery(events.slice(events.indexOf("?")))}>
            {t("none.events")}
          </Link>
        </p>
      </div>
    );
  }
  return (
    <>
      {/* The result scrolls by itself, so keys must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t(`kind.${kind}`)}>
        {!shape.linked && <p className={styles.note}>{t("unlinked")}</p>}
        {chart !== undefined && (
          <>
            <Panels
              chart={chart}
              kind={kind}
              span={span}
              zone={zone}
              small={small}
              hidden={hidden}
              raised={series?.id ?? ""}
              names={names}
              cursor={cursor}
              onCursor={setCursor}
              onStep={(chosen) => onEvents({ q: partPipe(q).main, span: chosen })}
              onRange={onRange}
            />
            <SeriesTable
              chart={chart}
              zone={zone}
              head={fields.join(" · ")}
              names={names}
              cursor={cursor}
              hidden={hidden}
              row={series?.id ?? ""}
              onRow={(id) => setRow(chart.series.findIndex((one) => one.id === id))}
              onHide={hide}
              eventsOf={(one, step) => addressOf(seriesEvents(one, step))}
            />
          </>
        )}
        {kind === "top" && <TopList answer={answer} shape={shape} rows={rows} row={row} eventsOf={(cells) => addressOf(eventsOf(cells))} />}
        {kind === "table" &&
          (answer.rows.length === 1 && shape.keys.length === 0 && shape.time < 0 ? (
            <dl className={styles.figures}>
              {columns.map(({ name }, i) => (
                <div key={`${i} ${name}`}>
                  <dt>{name}</dt>
                  <dd>
                    <EventsLink to={events}>{figure(name, answer.rows[0]?.[i]) || "–"}</EventsLink>
                  </dd>
                </div>
              ))}
            </dl>
          ) : (
            <ResultTable answer={answer} shape={shape} rows={rows} zone={zone} sort={sort} onSort={onSort} row={row} eventsOf={(cells) => addressOf(eventsOf(cells))} />
          ))}
      </div>
      {!small && (
        <footer className={resultStyles.foot}>
          <span><kbd>1</kbd>–<kbd>4</kbd> {t("hint.kind")}</span>
          <span><kbd>j</kbd> <kbd>k</kbd> {t("hint.row")}</span>
          <span><kbd>⏎</kbd> {t("hint.events")}</span>
          {overTime && <span><kbd>x</kbd> {t("hint.hide")}</span>}
          {overTime && <span><kbd>←</kbd> <kbd>→</kbd> {t("hint.step")}</span>}
          <AllKeys onKeys={onKeys} />
          <i className="grow" />
          {row >= 0 && <span>{count(row + 1)} / {count(all)}</span>}
        </footer>
      )}
    </>
  );
}
