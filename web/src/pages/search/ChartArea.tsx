import { Suspense } from "react";
import { BarChart } from "./parts";
import styles from "./SearchPage.module.css";
import type { Page } from "./usePage";

/** Above the list: the events over time. The place of a pipe's chart. Its height stands before the chart is loaded. */
export function ChartArea({ page }: { page: Page }) {
  const { t, counts, small, zone, brush } = page;
  const { bars, span } = counts;
  const height = small ? 64 : 104;
  return (
    <div className={styles.histogram} style={{ height }}>
      {bars !== undefined && (
        <Suspense fallback={null}>
          <BarChart bars={bars} from={span.from} to={span.to} zone={zone} height={height} brush={brush} onBrush={page.setBrush} onApply={page.applyBrush} unreadTo={counts.unreadTo} label={t("histogram.label")} />
        </Suspense>
      )}
    </div>
  );
}
