import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { histogram } from "../../api/search";
import { useT } from "../../i18n";
import { byDay, type Day, dayBar, type DayCount, type Month, monthOf } from "../../model/calendar";
import { rfc3339 } from "../../model/format";
import type { Span } from "../../model/timeRange";
import { startOfDay } from "../../model/zone";
import styles from "./TimePicker.module.css";

interface Props {
  readonly span: Span | undefined;
  readonly zone: string;
  readonly now: number;
  readonly project: string;
  readonly onChoose: (span: Span) => void;
}

/** Two months with a bar for each day's events. A click takes a day, with Shift it stretches the range to it. */
export function Calendar({ span, zone, now, project, onChoose }: Props) {
  const t = useT();
  const [back, setBack] = useState(0);
  const months = useMemo(() => [monthOf(now, back - 1, zone), monthOf(now, back, zone)], [now, back, zone]);
  const from = rfc3339(months[0]?.days[0]?.from ?? now);
  const to = rfc3339(months[1]?.days.at(-1)?.to ?? now);
  const { data } = useQuery({
    queryKey: ["days", project, from, to],
    // Six hours are a step that every zone's midnight is near to.
    queryFn: ({ signal }) => histogram({ q: "", from, to, project }, 250, signal),
    staleTime: 300_000,
    retry: false,
  });
  const counts = useMemo(() => (data === undefined ? new Map<number, DayCount>() : byDay(data, zone)), [data, zone]);
  const choose = (day: Day, stretch: boolean) => {
    if (stretch && span !== undefined) onChoose({ from: Math.min(span.from, day.from), to: Math.max(span.to, day.to) });
    else onChoose({ from: day.from, to: day.to });
  };
  return (
    <>
      <div className={styles.months}>
        {months.map((month, i) => (
          <MonthPicture
            key={`${month.year}-${month.month}`}
            month={month}
            span={span}
            zone={zone}
            now={now}
            counts={counts}
            onChoose={choose}
            {...(i === 0 ? { onBack: () => setBack(back - 1) } : back < 0 ? { onForth: () => setBack(back + 1) } : {})}
          />
        ))}
      </div>
      <div className={styles.note}>{t("time.bars")}</div>
    </>
  );
}

interface MonthProps {
  readonly month: Month;
  readonly span: Span | undefined;
  readonly zone: string;
  readonly now: number;
  readonly counts: ReadonlyMap<number, DayCount>;
  readonly onChoose: (day: Day, stretch: boolean) => void;
  readonly onBack?: () => void;
  readonly onForth?: () => void;
}

function MonthPicture({ month, span, zone, now, counts, onChoose, onBack, onForth }: MonthProps) {
  const t = useT();
  const middle = Date.UTC(month.year, month.month - 1, 15);
  const weekday = new Intl.DateTimeFormat(t.tag, { weekday: "narrow", timeZone: "UTC" });
  const long = new Intl.DateTimeFormat(t.tag, { dateStyle: "full", timeZone: zone });
  const today = startOfDay(now, zone);
  return (
    <div>
      <div className={styles.monthHead}>
        {onBack !== undefined && (
          <button type="button" onClick={onBack} aria-label={t("time.previousMonth")}>
            <IconChevronLeft size={14} stroke={1.7} />
          </button>
        )}
        {new Intl.DateTimeFormat(t.tag, { year: "numeric", month: "long", timeZone: "UTC" }).format(middle)}
        {onForth !== undefined && (
          <button type="button" onClick={onForth} aria-label={t("time.nextMonth")}>
            <IconChevronRight size={14} stroke={1.7} />
          </button>
        )}
      </div>
      <div className={styles.days}>
        {/* 2024-01-01 was a Monday. */}
        {[1, 2, 3, 4, 5, 6, 7].map((n) => (
          <span key={n} className={styles.weekday} aria-hidden="true">
            {weekday.format(Date.UTC(2024, 0, n))}
          </span>
        ))}
        {Array.from({ length: month.skip }, (_, i) => (
          <span key={`skip-${i + 1}`} />
        ))}
        {month.days.map((day) => {
          const bar = dayBar(counts, day.from);
          const whole = span !== undefined && span.from < day.to && span.to > day.from;
          const edge = whole && (span.from >= day.from || span.to <= day.to);
          const states = [styles.day, day.from > today ? styles.future : "", bar?.bad === true ? styles.bad : "", edge ? styles.on : whole ? styles.in : ""];
          return (
            <button key={day.day} type="button" className={states.join(" ")} aria-label={long.format(day.from)} aria-pressed={whole} onClick={(e) => onChoose(day, e.shiftKey)}>
              {day.day}
              {bar !== undefined && <i style={{ height: bar.height }} />}
            </button>
          );
        })}
      </div>
    </div>
  );
}
