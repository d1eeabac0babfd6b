interface Props {
  readonly figures: readonly (number | null)[];
  readonly colour: string;
  /** The usual: a band behind the line. */
  readonly band?: { readonly least: number; readonly most: number } | undefined;
  readonly width?: number;
  readonly height?: number;
}

/** A line without axes, for the shape of a figure over time; gaps where nothing is known. What it shows stands beside it in figures. */
export function Sparkline({ figures, colour, band, width = 96, height = 18 }: Props) {
  const highest = Math.max(0, band?.most ?? 0, ...figures.map((n) => n ?? 0));
  const y = (value: number) => (highest === 0 ? height - 2 : height - 2 - (value / highest) * (height - 4)).toFixed(1);
  const x = (i: number) => (1 + (figures.length < 2 ? 0.5 : i / (figures.length - 1)) * (width - 2)).toFixed(1);
  let path = "";
  let open = false;
  for (const [i, value] of figures.entries()) {
    if (value !== null) path += `${open ? "L" : "M"}${x(i)} ${y(value)}${open || (figures[i + 1] ?? null) !== null ? "" : "h1"}`;
    open = value !== null;
  }
  return (
    <svg width={width} height={height} aria-hidden="true">
      {band !== undefined && <rect x="0" width={width} y={y(band.most)} height={Math.max(1, Number(y(band.least)) - Number(y(band.most)))} fill="var(--line2)" opacity="0.6" />}
      <path d={path} fill="none" stroke={colour} strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}
