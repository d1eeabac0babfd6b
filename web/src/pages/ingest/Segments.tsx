import { bytes, count } from "../../model/format";
import { type Ingest, segmentBars } from "../../model/ingest";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

const mostBars = 120;

/** The store's files, oldest first: one bar each, as high as it is big. */
export function Segments({ data, admin }: { data: Ingest; admin: boolean }) {
  const t = useIngestTexts();
  const { segments } = data;
  const bars = segmentBars(segments, mostBars);
  const biggest = Math.max(1, ...bars.map((bar) => bar.bytes));
  const total = segments.reduce((n, segment) => n + segment.bytes, 0);
  return (
    <section className={styles.segments} aria-labelledby="ingest-segments">
      <h2 className={styles.sec} id="ingest-segments">
        {t("segments.title")} <small>{admin ? t("segments.sub", { n: count(segments.length), bytes: bytes(total) }) : t("segments.none")}</small>
        <i className="grow" />
        {data.unsealed > 0 && <small data-tone="warn">{t("segments.waiting", { n: data.unsealed })}</small>}
        {data.quarantined > 0 && <small data-tone="err">{t("segments.damaged", { n: data.quarantined })}</small>}
      </h2>
      {bars.length > 0 && (
        <>
          <ol className={styles.strip}>
            {bars.map((bar) => {
              const first = bar.segments[0];
              const state = t(`state.${bar.state}`);
              const figures = { state, day: first?.day ?? "", events: count(bar.events), bytes: bytes(bar.bytes) };
              const words = bar.segments.length > 1 ? t("segments.bars", { n: bar.segments.length, ...figures }) : t("segments.bar", { name: first?.name ?? "", ...figures });
              return (
                <li key={first?.name} data-state={bar.state} title={first?.error === undefined ? words : `${words}: ${first.error}`} style={{ height: `${Math.max(4, (bar.bytes / biggest) * 100)}%` }}>
                  <span className="sr-only">{words}</span>
                </li>
              );
            })}
          </ol>
          <p className={styles.ends} aria-hidden="true">
            <span>{segments[0]?.day}</span>
            <span>{t("segments.now")}</span>
          </p>
        </>
      )}
    </section>
  );
}
