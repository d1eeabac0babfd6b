import type { ReactNode } from "react";
import { count, duration, shortCount, tick, ticks } from "../../model/format";
import { areaPath, type Ingest, linePath, perSecond, roundTop, stack, sum, widen } from "../../model/ingest";
import { agoOrDate } from "../../model/waiting";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

type Incoming = Ingest["incoming"];

const width = 600;
const height = 130;
const joined = 3; // steps that make one point
const hues = ["var(--thread)", "var(--request)", "var(--wrnF)", "var(--push)", "var(--text3)"] as const;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Events a second over the last hour, one layer a door. */
export function RateChart({ incoming, now: moment }: { incoming: Incoming; now: Date }) {
  const t = useIngestTexts();
  const series = incoming.doors.map((door) => ({
    name: door.door,
    values: widen(door.events, joined, (some) => some.reduce((a, b) => a + b, 0) / (some.length * incoming.step)),
  }));
  const layers = stack(series);
  const highest = Math.max(0, ...(layers.at(-1)?.high ?? []));
  const top = roundTop(highest);
  const now = perSecond(sum(incoming.doors, "minute").events, incoming.minute);
  return (
    <section aria-label={t("rates.title")}>
      <h2 className={styles.sec}>{t("rates.title")}</h2>
      {highest === 0 ? (
        <p className={styles.none}>{t("rates.none", { since: agoOrDate(incoming.since, moment, t.tag) })}</p>
      ) : (
        <div className={styles.plot}>
          <Frame incoming={incoming} top={top} write={(n) => shortCount(n)} label={t("rates.chart", { now: count(now), most: count(perSecond(highest, 1)) })}>
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
          <Frame incoming={incoming} top={top} write={(n) => duration(n)} label={t("durable.chart", { p50: duration(durable.p50), p99: duration(durable.p99) })}>
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
function Frame({ incoming, top, write, label, children }: { incoming: Incoming; top: number; write: (n: number) => string; label: string; children: ReactNode }) {
  const from = Date.parse(incoming.from);
  const to = from + incoming.steps * incoming.step * 1000;
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
