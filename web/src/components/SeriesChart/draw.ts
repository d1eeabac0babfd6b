import uPlot from "uplot";
import { tick, ticks } from "../../model/format";
import { roundAxis, stackOf } from "../../model/pipeSeries";

/** What is drawn: figures over the same steps, each with its hue. */
export interface Layer {
  readonly figures: readonly (number | null)[];
  /** 0 to 4 of the series' hues and dashes; -1 is what is grouped as others. */
  readonly hue: number;
  readonly raised: boolean;
}

export interface Picture {
  readonly at: readonly number[];
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly zone: string;
  readonly layers: readonly Layer[];
  /** Bars that stand on each other, else lines. */
  readonly bars: boolean;
  readonly write: (value: number) => string;
  /** On a phone the axis is narrower and lines have no labels at their ends. */
  readonly small: boolean;
}

const dashes: readonly number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [1, 4]];

interface Palette {
  readonly hues: readonly string[];
  readonly others: string;
  readonly text: string;
  readonly line: string;
}

/** Reads the colours for a scheme, which the document wears already: a canvas knows no custom properties. */
export function readPalette(element: Element, _scheme: "light" | "dark"): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return { hues: [0, 1, 2, 3, 4].map((i) => token(`--s${i}`)), others: token("--line2"), text: token("--text3"), line: token("--line") };
}

const hueOf = (palette: Palette, hue: number) => palette.hues[hue] ?? palette.others;

/** Where a step is drawn: in the middle of the part of it that lies in the range. */
export function middle(at: number, { step, from, to }: Pick<Picture, "step" | "from" | "to">): number {
  return (Math.max(from, at) + Math.min(to, at + step)) / 2;
}

/** The round figures of the axis. */
export function axisOf({ layers, bars }: Picture): readonly number[] {
  const lists = bars ? stackOf(layers.map(({ figures }) => figures)).slice(-1) : layers.map(({ figures }) => figures);
  return roundAxis(Math.max(0, ...lists.flatMap((list) => list.map((n) => n ?? 0))));
}

/** Points that have no neighbour: a line through them would be invisible. */
function alone(figures: readonly (number | null)[]): number[] | null {
  const found = figures.flatMap((n, i) => (n !== null && (figures[i - 1] ?? null) === null && (figures[i + 1] ?? null) === null ? [i] : []));
  return found.length === 0 ? null : found;
}

function drawBars(u: uPlot, picture: Picture, palette: Palette): void {
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  const bottom = u.bbox.top + u.bbox.height;
  const tops = stackOf(picture.layers.map(({ figures }) => figures));
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  for (const [i, at] of picture.at.entries()) {
    const x = Math.round(u.valToPos(at, "x", true));
    const end = Math.round(u.valToPos(at + picture.step, "x", true));
    const gap = end - x > 4 * ratio ? Math.max(ratio, Math.round((end - x) * 0.12)) : 0;
    let base = bottom;
    for (const [k, layer] of picture.layers.entries()) {
      if ((layer.figures[i] ?? 0) <= 0) continue;
      const y = Math.min(base - ratio, Math.round(u.valToPos(tops[k]?.[i] ?? 0, "y", true)));
      ctx.globalAlpha = layer.raised ? 1 : 0.72;
      ctx.fillStyle = hueOf(palette, layer.hue);
      ctx.fillRect(x + gap / 2, y, Math.max(ratio, end - x - gap), base - y - (base - y > 3 * ratio ? ratio : 0));
      base = y;
    }
  }
  ctx.restore();
}

/** What uPlot is told. Bars are painted by us: it has no stacks with gaps. */
export function options(picture: Picture, palette: Palette, width: number, height: number): uPlot.Options {
  const splits = axisOf(picture);
  const { from, to, zone, small } = picture;
  const labels = ticks(from, to, Math.max(2, Math.floor(width / 110)), zone);
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const lines: uPlot.Series[] = picture.layers.map(({ figures, hue, raised }) => ({
    stroke: hueOf(palette, hue),
    width: raised ? 3 : 2,
    dash: dashes[hue] ?? [],
    points: { show: false, filter: () => alone(figures), size: 5, fill: hueOf(palette, hue) },
  }));
  return {
    width,
    height,
    pxAlign: 1,
    padding: [10, small ? 8 : 120, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [from, to] }, y: { range: [0, splits.at(-1) ?? 1] } },
    series: [{}, ...(picture.bars ? [{ paths: () => null, points: { show: false } }] : lines)],
    axes: [
      { size: 20, gap: 3, font, stroke: palette.text, grid: { show: false }, ticks: { show: true, size: 3, width: 1, stroke: palette.line }, splits: () => labels.at, values: (_u, at) => at.map((t) => tick(t, labels.step, zone)) },
      { size: small ? 46 : 62, gap: 6, font, stroke: palette.text, grid: { stroke: palette.line, width: 1 }, ticks: { show: false }, splits: () => [...splits], values: (_u, at) => at.map((n) => picture.write(n)) },
    ],
    hooks: picture.bars ? { draw: [(u) => drawBars(u, picture, palette)] } : {},
  };
}

export function data(picture: Picture): uPlot.AlignedData {
  const x = picture.at.map((at) => middle(at, picture));
  if (picture.bars) return [x, x.map(() => 0)];
  return [x, ...picture.layers.map(({ figures }) => [...figures])];
}
