import { useMemo, useState } from "react";
import type { Layer, Picture } from "../../../components/SeriesChart/draw";
import { SeriesChart } from "../../../components/SeriesChart/SeriesChart";
import { type Brush } from "../../../model/bars";
import { duration } from "../../../model/format";
import { type Chart, drawn } from "../../../model/pipeSeries";
import { additive, figure, type Kind } from "../../../model/pipeTable";
import { stepSpan } from "../../../model/pipeLinks";
import { shortClock } from "../../../model/rangeLabel";
import { date } from "../../../model/format";
import type { Span } from "../../../model/timeRange";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";

interface Props {
  readonly chart: Chart;
  readonly kind: Kind;
  readonly span: Span;
  readonly zone: string;
  readonly small: boolean;
  readonly hidden: ReadonlySet<string>;
  readonly raised: string;
  readonly names: ReadonlyMap<string, string>;
  readonly cursor: number | undefined;
  readonly onCursor: (step: number | undefined) => void;
  /** One step was chosen: its events are wanted. */
  readonly onStep: (span: Span) => void;
  /** Several were: the range becomes theirs. */
  readonly onRange: (span: Span) => void;
}

/** One panel for each function, on one axis of time and with one cursor. */
export function Panels(props: Props) {
  const { chart } = props;
  const [brushed, setBrushed] = useState<{ readonly chart: Chart; readonly brush: Brush | undefined }>();
  const brush = brushed?.chart === chart ? brushed.brush : undefined;
  return chart.names.map((name, value) => (
    <Panel
      key={name}
      {...props}
      value={value}
      brush={brush}
      onBrush={(next) => {
        setBrushed({ chart, brush: next });
        props.onCursor(next?.head);
      }}
    />
  ));
}

function Panel({ chart, value, kind, span, zone, small, hidden, raised, names, cursor, onCursor, onStep, onRange, brush, onBrush }: Props & { value: number; brush: Brush | undefined; onBrush: (brush: Brush | undefined) => void }) {
  const t = usePipeTexts();
  const name = chart.names[value] ?? "";
  // As lines, counts beside another figure are still bars: they say how much stands behind it.
  const bars = additive(name) && (kind === "bar" || value > 0);
  const { shown, others, left } = useMemo(() => drawn(chart, value, hidden), [chart, value, hidden]);
  const picture = useMemo<Picture>(() => {
    const layers: Layer[] = shown.map(({ figures, id }, hue) => ({ figures: figures[value] ?? [], hue, raised: id === raised }));
    if (bars && others !== undefined) layers.push({ figures: others, hue: -1, raised: false });
    return { at: chart.at, step: chart.step, from: span.from, to: span.to, zone, layers, bars, write: (n) => figure(name, n), small };
  }, [chart, value, shown, others, raised, bars, span, zone, name, small]);
  const write = (ms: number) => (chart.step >= 86_400_000 ? `${date(ms, zone)} ${shortClock(ms, zone)}` : shortClock(ms, zone));
  const apply = ({ anchor, head }: Brush) => {
    const first = chart.at[Math.min(anchor, head)] ?? span.from;
    const last = chart.at[Math.max(anchor, head)] ?? span.to;
    const chosen = { from: stepSpan(first, chart.step, span).from, to: stepSpan(last, chart.step, span).to };
    onBrush(undefined);
    if (anchor === head) onStep(chosen);
    else onRange(chosen);
  };
  const every = duration(chart.step);
  return (
    <section className={styles.panel} aria-label={name}>
      <h2>
        {t("panel", { name, step: every })}
        {value === 0 && <small>{t("panel.read")}</small>}
        {left > 0 && others === undefined && <small>{t("series.left", { n: left })}</small>}
      </h2>
      <SeriesChart
        picture={picture}
        names={shown.map(({ id }) => names.get(id) ?? "")}
        height={small ? 180 : value === 0 ? 300 : 150}
        brush={brush}
        onBrush={onBrush}
        onApply={apply}
        cursor={cursor}
        onCursor={onCursor}
        label={t("panel.label", { name, step: every })}
        say={(from, to, one) => t(one ? "brush.one" : "brush", { from: write(from), to: write(to) })}
      />
    </section>
  );
}
