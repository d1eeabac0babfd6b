import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ratesQuery } from "../../api/ingest";
import { FetchError } from "../../components/FetchError";
import { count, duration, shortCount, tick, ticks } from "../../model/format";
import { areaPath, type Ingest, linePath, perSecond, roundTop, stack, sum, widen } from "../../model/ingest";
import { agoOrDate } from "../../model/waiting";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

type Incoming = Ingest["incoming"];

const width = 600;
const height = 130;
const longSpans = ["24h", "7d"] as const;
const joined = 3; // steps that make one point
const hues = ["var(--thread)", "var(--request)", "var(--wrnF)", "var(--push)", "var(--text3)"] as const;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Steps of time, the last of which is under way. */
interface Steps {
  readonly from: string;
  /** Seconds. */
  readonly step: number;
  readonly steps: number;
}

/** Events a second over the last hour, day or week, one layer a door. */
export function RateChart({ incoming, now: moment, project }: { incoming: Incoming; now: Date; project: string }) {
  const t = useIngestTexts();
  const navigate = useNavigate();
  const { rates: asked } = useSearch({ strict: false });
  const span = longSpans.find((name) => name === asked) ?? "1h";
  const { data, error, refetch } = useQuery({ ...ratesQuery(project, span === "7d" ? "7d" : "24h"), enabled: span !== "1h" });
  const now = perSecond(sum(incoming.doors, "minute").events, incoming.minute);
  const rate = (per: number) => (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / (some.length * per);
  const shown: Steps & { readonly series: readonly { readonly name: string; readonly values: readonly number[] }[] } =
    span === "1h"
      ? { ...incoming, series: incoming.doors.map((door) => ({ name: door.door, values: widen(door.events, joined, rate(incoming.step)) })) }
      : { from: data?.from ?? incoming.from, step: data?.step ?? 1, steps: data?.steps ?? 1, series: (data?.doors ?? []).map((door) => ({ name: door.door, values: door.events.map((n) => n / (data?.step ?? 1)) })) };
  const layers = stack(shown.series);
  const highest = Math.max(0, ...(layers.at(-1)?.high ?? []));
  const top = roundTop(highest);
  const known = span === "1h" || data !== undefined;
  return (
    <section aria-label={t("rates.title")}>
      <h2 className={styles.sec}>
        {t("rates.title")}
        <i className="grow" />
        <span className={styles.spans} role="group" aria-label={t("rates.span")}>
          {(["1h", ...longSpans] as const).map((name) => (
            <button key={name} type="button" aria-pressed={name === span} onClick={() => void navigate({ to: "/ingest", search: (old) => ({ ...old, rates: name === "1h" ? "" : name }) })}>
              {t(`rates.span.${name}`)}
            </button>
          ))}
        </span>
      </h2>
      {span !== "1h" && <FetchError error={error} retry={refetch} className={styles.problem} />}
      {known && highest === 0 && <p className={styles.none}>{span === "1h" ? t("rates.none", { since: agoOrDate(incoming.since, moment, t.tag) }) : t("rates.none.long")}</p>}
      {known && highest > 0 && (
        <div className={styles.plot}>
          <Frame at={shown} top={top} write={(n) => shortCount(n)} label={t("rates.chart", { span: t(`rates.span.${span}`), now: count(now), most: count(perSecond(highest, 1)) })}>
            {layers.map((layer, i) => (
              <path key={layer.name} d={areaPath(layer, top, width, height)} fill={hues[Math.min(i, hues.length - 1)]} opacity={0.62} />
            ))}
          </Frame>
          <ul className={styles.legend}>
            {layers.toReversed().map((layer) => (
              <li key={layer.name}>
                <i style={{ background: hues[Math.min(layers.indexOf(layer), hues.length - 1)] }} aria-hidden="true" />
                /v1/{layer.name}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** How long events took until they were on disk: the middle one, and the slowest of a hundred. */
export function DurableChart({ incoming }: { incoming: Incoming }) {
  const t = useIngestTexts();
  const worst = (some: readonly number[]) => Math.max(...some);
  const p50 = widen(incoming.p50, joined, worst);
  const p99 = widen(incoming.p99, joined, worst);
  const highest = Math.max(0, ...p99);
  const top = roundTop(highest);
  const { durable } = incoming;
  return (
    <section aria-label={t("durable.title")}>
      <h2 className={styles.sec}>
        {t("durable.title")} <small>{t("durable.sub")}</small>
      </h2>
      {highest === 0 ? (
        <p className={styles.none}>{t("fact.durable.none")}</p>
      ) : (
        <div className={styles.plot}>
          <Frame at={incoming} top={top} write={(n) => duration(n)} label={t("durable.chart", { p50: duration(durable.p50), p99: duration(durable.p99) })}>
            <path d={linePath(p99, top, width, height)} className={styles.line} strokeDasharray="5 3" />
            <path d={linePath(p50, top, width, height)} className={styles.line} />
          </Frame>
          <ul className={styles.legend}>
            <li>
              <i className={styles.dashed} aria-hidden="true" />
              p99 {duration(durable.p99)}
            </li>
            <li>
              <i aria-hidden="true" />
              p50 {duration(durable.p50)}
            </li>
          </ul>
        </div>
      )}
    </section>
  );
}

/** Axes around a drawing; what is drawn is told in words by its label. */
function Frame({ at: steps, top, write, label, children }: { at: Steps; top: number; write: (n: number) => string; label: string; children: ReactNode }) {
  const from = Date.parse(steps.from);
  const to = from + steps.steps * steps.step * 1000;
  const { at, step } = ticks(from, to, 7, zone);
  return (
    <svg viewBox={`-46 -8 ${width + 54} ${height + 28}`} role="img" aria-label={label}>
      {[0, 0.5, 1].map((part) => (
        <g key={part} transform={`translate(0 ${height - part * height})`}>
          <line x2={width} className={styles.grid} />
          <text x={-6} y={4} textAnchor="end">
            {write(top * part)}
          </text>
        </g>
      ))}
      {children}
      {at.map((moment) => (
        <text key={moment} x={((moment - from) / (to - from)) * width} y={height + 16} textAnchor="middle">
          {tick(moment, step, zone)}
        </text>
      ))}
    </svg>
  );
}
