import { bytes, count } from "../../model/format";
import { dayBars, dayLabel, type NextRemoval, type Retention } from "../../model/retention";
import styles from "./Retention.module.css";
import { useRetentionTexts } from "./retentionTexts";

/** What is kept of each day as bars; the part of one project is darker, the day that goes next is hatched. */
export function RetentionDays({ retention, selected, next }: { retention: Retention; selected: string; next: NextRemoval | undefined }) {
  const t = useRetentionTexts();
  const bars = dayBars(retention, selected, 90);
  const day = (text: string) => dayLabel(text, retention.today, t.tag);
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return <p className={styles.empty}>{t("days.none")}</p>;
  return (
    <figure className={styles.days}>
      <figcaption>{t("days.title")}</figcaption>
      <div className={styles.bars} role="img" aria-label={t("days.chart", { from: day(first.from), to: day(last.to) })}>
        {bars.map((bar) => {
          const words = { n: count(bar.events), bytes: bytes(bar.bytes), from: day(bar.from) };
          const title = bar.from === bar.to ? t("days.bar", words) : t("days.bars", { ...words, to: day(bar.to) });
          const goes = next !== undefined && bar.from <= next.day && next.day <= bar.to;
          return (
            <i key={bar.from} title={title} data-empty={bar.bytes === 0 || undefined} data-goes={goes || undefined}>
              <b style={{ height: `${bar.height * 100}%` }}>{bar.own > 0 && <em style={{ height: `${(bar.own / bar.bytes) * 100}%` }} />}</b>
            </i>
          );
        })}
      </div>
      <div className={styles.ends}>
        <span>{day(first.from)}</span>
        {next !== undefined && (
          <span className={styles.legend}>
            <i /> {t("days.next", { next: t(`next.${next.why}`, { day: day(next.day), on: day(next.on) }) })}
          </span>
        )}
        <span>{t("days.today")}</span>
      </div>
    </figure>
  );
}
