import "uplot/dist/uPlot.min.css";
import "./series.css";
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { type Bars, type Brush, brushSpan, type StackLevel, stackOrder } from "../../model/bars";
import { extent, spread } from "../../model/pipeSeries";
import { useBrush } from "../BarChart/useBrush";
import { axisOf, data, type Layer, options, type Picture, readPalette } from "./draw";
import styles from "./SeriesChart.module.css";

interface Props {
  /** Must be the same object while it shows the same, or the chart is painted anew. */
  readonly picture: Picture;
  /** The names at the ends of lines, in the order of the layers. */
  readonly names: readonly string[];
  readonly height: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
  readonly onApply: (brush: Brush) => void;
  readonly cursor: number | undefined;
  readonly onCursor: (step: number | undefined) => void;
  /** What it shows and how it is used, for those who do not see it. */
  readonly label: string;
  /** Says a chosen range: its first step, its end, and whether it is one step alone. */
  readonly say: (from: number, to: number, one: boolean) => string;
}

const none = Object.fromEntries(stackOrder.map((level) => [level, []])) as unknown as Record<StackLevel, readonly number[]>;

/** Several figures over time, as lines or as bars on each other; a brush chooses steps of time. */
export function SeriesChart({ picture, names, height, brush, onBrush, onApply, cursor, onCursor, label, say }: Props) {
  const canvas = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const host = canvas.current;
    if (host === null || width === 0) return undefined;
    const plot = new uPlot(options(picture, readPalette(host, scheme), Math.floor(width), height), data(picture), host);
    return () => plot.destroy();
  }, [picture, height, width, scheme]);

  const { from, to, at, step } = picture;
  const bars = useMemo<Bars>(() => ({ at, step, tops: none, totals: at.map(() => 1), highest: 1 }), [at, step]);
  const { handlers } = useBrush({ bars, from, to, brush, onBrush, onApply, onHover: onCursor });
  const share = (ms: number) => `${Math.max(0, Math.min(100, ((ms - from) / (to - from)) * 100))}%`;
  const chosen = brush === undefined ? undefined : brushSpan(bars, brush);
  const begin = cursor === undefined ? undefined : at[cursor];
  const said = chosen === undefined ? "" : say(Math.max(from, chosen.from), Math.min(to, chosen.to), brush?.anchor === brush?.head);
  const flag = chosen ?? (begin === undefined ? undefined : { from: begin, to: begin + step });
  return (
    <div ref={ref} className={styles.chart} style={{ height }}>
      <div ref={canvas} aria-hidden="true" />
      <div className={styles.plot} role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(0, at.length - 1)} aria-valuenow={brush?.head ?? 0} aria-valuetext={said === "" ? label : said} {...handlers}>
        {begin !== undefined && chosen === undefined && <div className={styles.cursor} style={{ left: share(begin), right: `calc(100% - ${share(begin + step)})` }} />}
        {chosen !== undefined && <div className={styles.chosen} style={{ left: share(chosen.from), right: `calc(100% - ${share(chosen.to)})` }} />}
        {flag !== undefined && (
          <div className={styles.flag} style={(flag.from - from) / (to - from) > 0.6 ? { right: `calc(100% - ${share(flag.to)})` } : { left: share(flag.from) }}>
            {say(Math.max(from, flag.from), Math.min(to, flag.to), flag.to - flag.from <= step)}
          </div>
        )}
      </div>
      {!picture.bars && !picture.small && <EndLabels picture={picture} names={names} height={height} />}
      <div className="sr-only" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

/** The name of each line at its end, apart from each other. */
function EndLabels({ picture, names, height }: { picture: Picture; names: readonly string[]; height: number }) {
  const room = height - 30;
  const top = axisOf(picture).at(-1) ?? 1;
  const known = picture.layers.map((layer: Layer, i) => ({ layer, name: names[i] ?? "", last: extent(layer.figures)?.last })).filter(({ last }) => last !== undefined);
  const places = spread(known.map(({ last }) => room * (1 - (last ?? 0) / top)), 14, room);
  return known.map(({ layer, name }, i) => (
    <div key={`${layer.hue} ${name}`} className={styles.label} style={{ top: 10 + (places[i] ?? 0) - 7, color: `var(--s${layer.hue})` }} title={name} aria-hidden="true">
      {name}
    </div>
  ));
}
