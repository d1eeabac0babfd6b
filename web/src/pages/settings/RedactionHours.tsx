import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../../api/session";
import { count, shortCount, tick } from "../../model/format";
import type { Redaction } from "../../model/redaction";
import { browserZone } from "../../model/zone";
import styles from "./Redaction.module.css";
import { useSay } from "./useRedactionText";

const width = 620;
const height = 84;
const left = 44;

/** The values removed in each of the last 24 hours. */
export function RedactionHours({ redaction }: { redaction: Redaction }) {
  const s = useSay();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const zone = me?.zone ?? browserZone();
  const hours = redaction.hours;
  const most = Math.max(...hours, 1);
  const step = (width - left) / hours.length;
  const from = Date.parse(redaction.from);
  const sum = hours.reduce((a, b) => a + b, 0);
  return (
    <div className={styles.hours}>
      <h2>
        {s("hours")} <span>{s("hours.text")}</span>
      </h2>
      <svg viewBox={`0 0 ${width} ${height + 20}`} role="img" aria-label={s("hours.label", { n: count(sum), most: count(Math.max(...hours)) })}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={left} x2={width} y1={height - share * (height - 8)} y2={height - share * (height - 8)} />
            {(share !== 0.5 || most > 1) && (
              <text x={left - 6} y={height + 4 - share * (height - 8)} textAnchor="end">
                {shortCount(Math.round(most * share))}
              </text>
            )}
          </g>
        ))}
        {hours.map((n, i) => (
          // The hours keep their places.
          // oxlint-disable-next-line react/no-array-index-key
          <g key={i}>
            <rect x={left + i * step + 2} width={step - 4} y={height - (n / most) * (height - 8)} height={(n / most) * (height - 8)} rx={1} />
            {i % 4 === 1 && (
              <text x={left + (i + 0.5) * step} y={height + 16} textAnchor="middle">
                {tick(from + i * 3_600_000, 3_600_000 / 2, zone)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}
