import styles from "./Wait.module.css";

const path = "M14 96C70 96 70 40 126 40s40 66 92 66 44-42 72-48S320 55 334 55";

/** The thread from the sender to us: drawn as far as the first event has come, dashed beyond. */
export function ThreadDrawing({ progress, from, waiting }: { progress: number; from: string; waiting: boolean }) {
  const end = at(progress);
  return (
    <svg className={styles.drawing} viewBox="0 0 380 132" fill="none" aria-hidden="true">
      <path d={path} stroke="var(--line2)" strokeWidth="2.5" strokeDasharray="3 7" strokeLinecap="round" />
      {/* pathLength makes the dash a share of the whole, whatever the curve measures. */}
      <path className={styles.drawn} d={path} pathLength="1" stroke="var(--thread)" strokeWidth="2.5" strokeDasharray={`${progress} 2`} strokeLinecap="round" opacity={progress > 0 ? 1 : 0} />
      <circle cx="14" cy="96" r="6" fill="var(--surface)" stroke="var(--thread)" strokeWidth="2.5" />
      {progress > 0 && progress < 1 && (
        <g transform={`translate(${end.x} ${end.y})`}>
          <circle r="7" fill="var(--thread)" />
          {waiting && <circle className={styles.ring} r="15" stroke="var(--thread)" strokeWidth="1.5" />}
        </g>
      )}
      <g stroke={progress === 1 ? "var(--accent)" : "var(--line2)"} strokeWidth="2" strokeLinecap="round">
        <circle cx="348" cy="55" r="14" fill="var(--surface)" />
        <path d="M338 51c8-3 18 2 20 9M341 46c8 0 16 6 17 12" />
      </g>
      <text x="4" y="122">
        {from}
      </text>
      <text x="348" y="92" textAnchor="middle">
        Clewline
      </text>
    </svg>
  );
}

// Where the curve is after thirds and quarters of its length: the steps are three or four.
const points = [
  [0, 14, 96], [0.25, 94.3, 47.9], [1 / 3, 125, 40], [0.5, 174.4, 74.5], [2 / 3, 225, 105.7], [0.75, 254.4, 94.2], [1, 334, 55],
] as const;

/** The point of the drawing that belongs to a share of the way. */
function at(progress: number): { x: number; y: number } {
  let nearest: (typeof points)[number] = points[0];
  for (const point of points) if (Math.abs(point[0] - progress) < Math.abs(nearest[0] - progress)) nearest = point;
  return { x: nearest[1], y: nearest[2] };
}
