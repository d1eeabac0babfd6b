import type { Judged } from "../../api/speed";
import { duration, tick, ticks } from "../../model/format";
import { extent, roundAxis } from "../../model/pipeSeries";
import type { Span } from "../../model/timeRange";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";

interface Props {
  readonly figures: readonly (number | null)[];
  readonly start: number;
  readonly step: number;
  readonly span: Span;
  readonly zone: string;
  readonly usual: Judged | undefined;
}

const width = 320;
const height = 96;

/** The p95 of each step on the band of what is usual. */
export function TrendChart({ figures, start, step, span, zone, usual }: Props) {
  const t = useSpeedTexts();
  const range = extent(figures);
  const splits = roundAxis(Math.max(range?.most ?? 0, usual?.most ?? 0), 3);
  const top = splits.at(-1) ?? 1;
  const y = (value: number) => Math.max(0, height - (value / top) * height);
  const x = (ms: number) => (Math.max(0, Math.min(1, (ms - span.from) / (span.to - span.from))) * width).toFixed(1);
  const labels = ticks(span.from, span.to, 5, zone);
  let path = "";
  let open = false;
  for (const [i, value] of figures.entries()) {
    const at = x(start + (i + 0.5) * step);
    if (value !== null) path += `${open ? "L" : "M"}${at} ${y(value).toFixed(1)}${open || (figures[i + 1] ?? null) !== null ? "" : "h3"}`;
    open = value !== null;
  }
  const ms = (value: number | undefined) => duration(value ?? Number.NaN);
  const hasBand = usual !== undefined && usual.least !== null && usual.most !== null;
  return (
    <svg className={styles.trend} viewBox={`-50 -8 ${width + 72} ${height + 26}`} role="img" aria-label={t("panel.trend.label", { step: duration(step), least: ms(range?.least), most: ms(range?.most), last: ms(range?.last) })}>
      {splits.map((value) => (
        <g key={value} transform={`translate(0 ${y(value)})`}>
          <line x2={width} className={styles.grid} />
          <text x={-6} y={4} textAnchor="end">
            {duration(value)}
          </text>
        </g>
      ))}
      {hasBand && <rect width={width} y={y(usual.most ?? 0)} height={Math.max(1, y(usual.least ?? 0) - y(usual.most ?? 0))} className={styles.band} />}
      {usual?.median !== null && usual !== undefined && <line x2={width} y1={y(usual.median)} y2={y(usual.median)} className={styles.median} />}
      <path d={path} className={styles.line} data-bad={usual?.verdict === "above" || undefined} />
      {labels.at.map((at) => (
        <text key={at} x={x(at)} y={height + 15} textAnchor="middle">
          {tick(at, labels.step, zone)}
        </text>
      ))}
      {hasBand && (
        <text x={width} y={Math.max(8, y(usual.most ?? 0) - 4)} textAnchor="end">
          {t("panel.band", { least: duration(usual.least ?? 0), most: duration(usual.most ?? 0) })}
        </text>
      )}
    </svg>
  );
}
