import { useState } from "react";
import { Sparkline } from "../../../components/Sparkline";
import { count } from "../../../model/format";
import { type Chart, drawn, extent, type Series } from "../../../model/pipeSeries";
import { additive, figure } from "../../../model/pipeTable";
import { shortClock } from "../../../model/rangeLabel";
import { EventsLink } from "../../../components/EventsLink";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";

const atFirst = 50;

interface Props {
  readonly chart: Chart;
  readonly zone: string;
  readonly head: string;
  readonly names: ReadonlyMap<string, string>;
  readonly cursor: number | undefined;
  readonly hidden: ReadonlySet<string>;
  readonly row: string;
  readonly onRow: (id: string) => void;
  readonly onHide: (id: string) => void;
  /** The address of the events of a series, in one step or in all. */
  readonly eventsOf: (series: Series, step: number | undefined) => string | undefined;
}

/** The legend and the read-out in one: each series with its figures under the cursor. */
export function SeriesTable({ chart, zone, head, names, cursor, hidden, row, onRow, onHide, eventsOf }: Props) {
  const t = usePipeTexts();
  const [all, setAll] = useState(false);
  const { shown } = drawn(chart, 0, hidden);
  const at = cursor === undefined ? undefined : chart.at[cursor];
  const list = all ? chart.series : chart.series.slice(0, atFirst);
  const rest = chart.series.length - list.length;
  return (
    <>
      <table className={styles.table} aria-label={t("series")}>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {chart.names.map((name) => (
              <th key={name} scope="col" className="num" data-at={at !== undefined || undefined}>
                {at === undefined ? t(additive(name) ? "series.sum" : "series.last", { name }) : t("series.at", { name, time: shortClock(at, zone) })}
              </th>
            ))}
            <th scope="col" className="num">{t("series.least")}</th>
            <th scope="col" className="num">{t("series.most")}</th>
            <th scope="col">{t("series.trend")}</th>
            <th scope="col">{t("series.events")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((series) => {
            const name = names.get(series.id) ?? "";
            const hue = shown.indexOf(series);
            const range = extent(series.figures[0] ?? []);
            const first = chart.names[0] ?? "";
            const away = hidden.has(series.id);
            return (
              <tr key={series.id} data-row={series.id === row} data-hidden={away} onMouseEnter={() => onRow(series.id)}>
                <th scope="row" title={name}>
                  <button type="button" className={styles.swatch} aria-pressed={!away} aria-label={t(away ? "series.show" : "series.hide", { name })} onClick={() => onHide(series.id)}>
                    <Swatch hue={hue} away={away} />
                  </button>
                  {name}
                </th>
                {chart.names.map((column, v) => {
                  const figures = series.figures[v] ?? [];
                  const value = cursor === undefined ? (additive(column) ? figures.reduce<number>((sum, n) => sum + (n ?? 0), 0) : extent(figures)?.last) : figures[cursor];
                  return (
                    <td key={column} className="num">
                      <EventsLink to={eventsOf(series, cursor)}>{figure(column, value)}</EventsLink>
                    </td>
                  );
                })}
                <td className="num">{figure(first, range?.least)}</td>
                <td className="num">{figure(first, range?.most)}</td>
                <td>
                  <Sparkline figures={series.figures[0] ?? []} colour={hue < 0 ? "var(--text3)" : `var(--s${hue})`} />
                </td>
                <td>
                  <EventsLink to={eventsOf(series, undefined)} className={styles.events}>
                    {t("series.events")}
                  </EventsLink>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rest > 0 && (
        <button type="button" className={styles.more} onClick={() => setAll(true)}>
          {t("more", { n: count(rest) })}
        </button>
      )}
    </>
  );
}

const dashes = ["", "7 4", "2 3", "10 3 2 3", "1 4"];

function Swatch({ hue, away }: { hue: number; away: boolean }) {
  return (
    <svg width="26" height="10" aria-hidden="true">
      {away ? <circle cx="13" cy="5" r="3" fill="none" stroke="var(--edge)" /> : <path d="M1 5H25" stroke={hue < 0 ? "var(--line2)" : `var(--s${hue})`} strokeWidth="2.5" strokeDasharray={dashes[hue] ?? ""} />}
    </svg>
  );
}
