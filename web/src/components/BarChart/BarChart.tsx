import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useT } from "../../i18n";
import { type Bars, type Brush, brushSpan, stackOrder } from "../../model/bars";
import { count } from "../../model/format";
import { shortClock } from "../../model/rangeLabel";
import styles from "./BarChart.module.css";
import { data, options, readPalette } from "./draw";
import { useBrush } from "./useBrush";

interface Props {
  readonly bars: Bars;
  readonly from: number;
  readonly to: number;
  readonly zone: string;
  readonly height: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
  readonly onApply: (brush: Brush) => void;
  /** Until here nothing was read: drawn hatched, for missing is not zero. */
  readonly unreadTo: number | undefined;
  readonly label: string;
}

/** Events over time, stacked by level, most severe at the bottom; a brush chooses a range. */
export function BarChart({ bars, from, to, zone, height, brush, onBrush, onApply, unreadTo, label }: Props) {
  const t = useT();
  const canvas = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    const host = canvas.current;
    if (host === null || width === 0) return undefined;
    const plot = new uPlot(options(bars, { from, to, zone }, readPalette(host, scheme), Math.floor(width), height), data(bars), host);
    return () => plot.destroy();
  }, [bars, from, to, zone, height, width, scheme]);

  const { hover, handlers } = useBrush({ bars, from, to, brush, onBrush, onApply });
  const share = (at: number) => `${Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100))}%`;
  const chosen = brush === undefined ? undefined : brushSpan(bars, brush);
  const said = chosen === undefined ? "" : t("histogram.brush", { from: shortClock(chosen.from, zone), to: shortClock(chosen.to, zone), n: count(chosen.events) });

  return (
    <div ref={ref} className={styles.chart} style={{ height }}>
      <div ref={canvas} aria-hidden="true" />
      <div className={styles.plot} role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(0, bars.at.length - 1)} aria-valuenow={brush?.head ?? 0} aria-valuetext={said === "" ? label : said} {...handlers}>
        {unreadTo !== undefined && unreadTo > from && (
          <div className={styles.unread} style={{ left: 0, width: share(unreadTo) }}>
            <span>{t("histogram.unread")}</span>
          </div>
        )}
        {hover !== undefined && chosen === undefined && <Reading bars={bars} at={hover} zone={zone} share={share} />}
        {chosen !== undefined && (
          <>
            <div className={styles.brush} style={{ left: share(chosen.from), right: `calc(100% - ${share(chosen.to)})` }} />
            <div className={styles.label} style={chosen.to - from > (to - from) * 0.7 ? { right: `calc(100% - ${share(chosen.from)} + 4px)` } : { left: `calc(${share(chosen.to)} + 4px)` }}>
              {shortClock(chosen.from, zone)} – {shortClock(chosen.to, zone)}
            </div>
          </>
        )}
      </div>
      <div className="sr-only" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

/** The figures of the bar under the pointer, always at the same place. */
function Reading({ bars, at, zone, share }: { bars: Bars; at: number; zone: string; share: (at: number) => string }) {
  const begin = bars.at[at] ?? 0;
  let below = 0;
  const parts: string[] = [];
  for (const level of stackOrder) {
    const top = bars.tops[level][at] ?? 0;
    if (top > below) parts.push(`${level} ${count(top - below)}`);
    below = Math.max(below, top);
  }
  return (
    <>
      <div className={styles.cursor} style={{ left: share(begin), right: `calc(100% - ${share(begin + bars.step)})` }} />
      <div className={styles.read}>
        {shortClock(begin, zone)} – {shortClock(begin + bars.step, zone)} · {parts.length === 0 ? "0" : parts.join(" · ")}
      </div>
    </>
  );
}
