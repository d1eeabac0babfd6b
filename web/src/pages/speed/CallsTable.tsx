import type { Compared, Judged, Speed, SpeedRow } from "../../api/speed";
import { EventsLink } from "../../components/EventsLink";
import { Sparkline } from "../../components/Sparkline";
import { count, duration } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { axisLabel, distance, eventsOf, keyId, type LogAxis, logAxis, nameOf, perSecond, place, shareText, type SpeedColumn, type SpeedState } from "../../model/speed";
import { KeyName } from "./KeyName";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";
import type { SpeedQuestion, UpdateSpeed } from "./useSpeed";

interface Props {
  readonly calls: Speed;
  readonly rows: readonly SpeedRow[];
  readonly compared: ReadonlyMap<string, Compared>;
  readonly minDays: number;
  readonly minCalls: number;
  readonly state: SpeedState;
  readonly update: UpdateSpeed;
  readonly question: SpeedQuestion;
  readonly address: (events: Events) => string;
  readonly small: boolean;
  readonly cursor: string;
  readonly onRow: (id: string) => void;
}

const times = ["avg", "p50", "p95", "p99"] as const;

/** One row for each group of calls; every figure leads to its events. */
export function CallsTable({ calls, rows, compared, minDays, minCalls, state, update, question, address, small, cursor, onRow }: Props) {
  const t = useSpeedTexts();
  const axis = logAxis(rows);
  const mostFailed = Math.max(0.0001, ...rows.map(({ failed, count: all }) => failed / Math.max(1, all)));
  const head = (column: SpeedColumn, text: string) => (
    <th scope="col" className={column === "errors" ? undefined : "num"} {...(state.sort === column ? { "aria-sort": "descending" as const } : {})}>
      <button type="button" title={t("sort", { name: text })} onClick={() => update({ sort: column }, "replace")}>
        {text}
        {state.sort === column && " ↓"}
      </button>
    </th>
  );
  return (
    <table className={styles.table} data-calls={true} aria-label={t("tab.calls")}>
      <thead>
        <tr>
          <th scope="col">{state.by}</th>
          <th scope="col">{t("col.log")}</th>
          {head("count", t("col.count"))}
          <th scope="col" className="num">{t("col.rate")}</th>
          {head("errors", t("col.errors"))}
          {times.map((column) => (
            <FragmentHead key={column}>{head(column, column)}</FragmentHead>
          ))}
          {head("usual", t("col.usual"))}
          <th scope="col">{t("col.trend")}</th>
          <th scope="col">{small ? t("col.strip") : <Marks axis={axis} label={t("col.strip")} />}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const id = keyId(row.key);
          const judged = compared.get(id);
          const to = address(eventsOf(question.q, calls.fields, row.key, question.span));
          const failed = address(eventsOf(question.q, calls.fields, row.key, question.span, true));
          const { log } = nameOf(row.key);
          const bad = judged?.p95.verdict === "above";
          return (
            <tr key={id} data-row={id === cursor} onMouseEnter={() => onRow(id)}>
              <th scope="row">
                <button type="button" aria-pressed={state.sel === id} onClick={() => update({ sel: state.sel === id ? "" : id })}>
                  <KeyName row={row.key} fields={calls.fields} />
                </button>
              </th>
              <td className={styles.log}>{t(`log.${log}` as "log.call") || log}</td>
              <td className="num" data-label={t("col.count")}><EventsLink to={to}>{count(row.count)}</EventsLink></td>
              <td className="num" data-more>{perSecond(row.count, question.span)}</td>
              <td data-label={t("col.errors")}>
                <span className={styles.bar} aria-hidden="true"><i style={{ width: `${(row.failed / Math.max(1, row.count) / mostFailed) * 100}%` }} /></span>{" "}
                <span data-bad={judged?.failed.verdict === "above" || undefined}><EventsLink to={row.failed === 0 ? undefined : failed}>{shareText(row.failed, row.count)}</EventsLink></span>
              </td>
              {times.map((column) => (
                <td key={column} className="num" data-label={column} data-more={column === "p95" ? undefined : true} data-strong={column === "p95" || undefined} data-bad={(column === "p95" && bad) || undefined}>
                  <EventsLink to={to}>{duration(row[column] ?? Number.NaN)}</EventsLink>
                </td>
              ))}
              <td className="num" data-label={t("col.usual")}>
                <Against judged={judged?.p95} minDays={minDays} minCalls={minCalls} />
              </td>
              <td data-more>
                <Sparkline figures={row.trend} colour={bad ? "var(--err)" : "var(--text3)"} width={84} band={band(judged?.p95)} />
              </td>
              <td data-more><Strip axis={axis} row={row} usual={judged?.p95.median ?? null} bad={bad} /></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Heads that are made in a list. */
function FragmentHead({ children }: { children: React.ReactNode }) {
  return children;
}

function band(judged: Judged | undefined): { least: number; most: number } | undefined {
  return judged === undefined || judged.least === null || judged.most === null || judged.verdict === "unknown" ? undefined : { least: judged.least, most: judged.most };
}

/** How the p95 compares, in words; why nothing is said stands in its hint. */
function Against({ judged, minDays, minCalls }: { judged: Judged | undefined; minDays: number; minCalls: number }) {
  const t = useSpeedTexts();
  if (judged === undefined) return null;
  const { verdict, days, now, median, mad, least, most } = judged;
  if (verdict === "unknown") {
    const why = days < minDays ? t("usual.few", { n: days, min: minDays }) : t("usual.calls", { n: minCalls });
    return (
      <span className={styles.unknown} title={why}>
        <span aria-hidden="true">–</span>
        <span className="sr-only">{why}</span>
      </span>
    );
  }
  const ms = (value: number | null) => duration(value ?? Number.NaN);
  const far = distance(judged);
  return (
    <span data-verdict={verdict} title={t("usual.title", { now: ms(now), median: ms(median), mad: ms(mad), days, least: ms(least), most: ms(most) })}>
      {verdict === "usual" ? t("usual.usual") : far === "new" ? t("usual.new") : far}
    </span>
  );
}

const width = 124;

/** The powers of ten over the strips. */
function Marks({ axis, label }: { axis: LogAxis; label: string }) {
  const shown = axis.marks.length > 5 ? axis.marks.filter((_, i) => i % 2 === 0) : axis.marks;
  return (
    <span className={styles.marks} title={label}>
      <span className="sr-only">{label}</span>
      {shown.map((ms, i) => (
        <i key={ms} style={{ left: place(axis, ms) * width }} aria-hidden="true">
          {axisLabel(ms, i === 0)}
        </i>
      ))}
    </span>
  );
}

/** A row on the axis that all rows share: a bar from p50 to p95, a tick at p99, dashed where the p95 usually is. */
function Strip({ axis, row, usual, bad }: { axis: LogAxis; row: SpeedRow; usual: number | null; bad: boolean }) {
  const x = (ms: number | null) => place(axis, ms) * width;
  const colour = bad ? "var(--errF)" : "var(--infF)";
  return (
    <svg width={width} height="18" aria-hidden="true">
      <line x1="0" x2={width} y1="9" y2="9" stroke="var(--line)" />
      <rect x={x(row.p50)} y="6" width={Math.max(1.5, x(row.p95) - x(row.p50))} height="6" fill={colour} rx="1" />
      <line x1={x(row.p99)} x2={x(row.p99)} y1="4" y2="14" stroke={bad ? "var(--err)" : "var(--inf)"} strokeWidth="2" />
      {usual !== null && <line x1={x(usual)} x2={x(usual)} y1="3" y2="15" stroke="var(--text)" strokeWidth="1.5" strokeDasharray="2 2" />}
    </svg>
  );
}
