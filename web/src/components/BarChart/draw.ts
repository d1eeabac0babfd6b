import uPlot from "uplot";
import { axis, type Bars, stackOrder } from "../../model/bars";
import { tick, ticks } from "../../model/format";

/** The colours of a chart, read from the tokens: a canvas knows no custom properties. */
export interface Palette {
  readonly fill: Readonly<Record<(typeof stackOrder)[number], string>>;
  readonly text: string;
  readonly line: string;
}

/** Reads them for a scheme, which the document wears already. */
export function readPalette(element: Element, _scheme: "light" | "dark"): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    fill: { fatal: token("--ftlF"), error: token("--errF"), warn: token("--wrnF"), notice: token("--ntcF"), info: token("--infF"), debug: token("--dbgF"), none: token("--line2") },
    text: token("--text3"),
    line: token("--line"),
  };
}

export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** Paints the stacked bars; a level that is there at all gets at least one pixel. */
function drawBars(u: uPlot, bars: Bars, palette: Palette): void {
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  const { left, top, width, height } = u.bbox;
  const bottom = top + height;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const [i, at] of bars.at.entries()) {
    const x = Math.round(u.valToPos(at, "x", true));
    const end = Math.round(u.valToPos(at + bars.step, "x", true));
    const gap = end - x > 4 * ratio ? ratio : 0;
    let below = 0;
    let base = bottom;
    for (const level of stackOrder) {
      const value = bars.tops[level][i] ?? 0;
      if (value <= below) continue;
      const y = Math.min(base - ratio, Math.round(u.valToPos(value, "y", true)));
      ctx.fillStyle = palette.fill[level];
      ctx.fillRect(x, y, Math.max(ratio, end - x - gap), base - y);
      base = y;
      below = value;
    }
  }
  ctx.restore();
}

/** What uPlot is told. The bars are painted by us: it has no stacks with gaps. */
export function options(bars: Bars, frame: Frame, palette: Palette, width: number, height: number): uPlot.Options {
  const splits = axis(bars.highest);
  const top = splits.at(-1) ?? 1;
  const labels = ticks(frame.from, frame.to, Math.max(2, Math.floor(width / 110)), frame.zone);
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return {
    width,
    height,
    pxAlign: 1,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [frame.from, frame.to] }, y: { range: [0, top] } },
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    axes: [
      {
        size: 18,
        gap: 2,
        font,
        stroke: palette.text,
        grid: { show: false },
        ticks: { show: true, size: 3, width: 1, stroke: palette.line },
        splits: () => labels.at,
        values: (_u, at) => at.map((t) => tick(t, labels.step, frame.zone)),
      },
      {
        size: 36,
        gap: 4,
        font,
        stroke: palette.text,
        grid: { stroke: palette.line, width: 1 },
        ticks: { show: false },
        splits: () => [...splits],
        values: (_u, at) => at.map((n) => compact(n)),
      },
    ],
    hooks: { draw: [(u) => drawBars(u, bars, palette)] },
  };
}

function compact(n: number): string {
  if (n >= 1e6) return `${Number((n / 1e6).toFixed(1))} M`;
  return n >= 10_000 ? `${Number((n / 1e3).toFixed(1))} k` : n.toLocaleString("en-US");
}

export function data(bars: Bars): uPlot.AlignedData {
  return [[...bars.at], [...bars.totals]];
}
