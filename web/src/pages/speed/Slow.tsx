import type { LogEvent } from "../../api/types";
import { EventsLink } from "../../components/EventsLink";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { join } from "../../model/clauses";
import { clock, date, duration, eventTime } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { slowPercent } from "../../model/speed";
import { startOfDay } from "../../model/zone";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";
import { type SpeedQuestion, useSlowest } from "./useSpeed";

const wanted = 50;

interface Props {
  readonly question: SpeedQuestion;
  readonly address: (events: Events, sel?: string) => string;
  /** How many calls there are. */
  readonly total: number;
  readonly small: boolean;
}

/** The slowest calls of the range. */
export function SlowPart({ question, address, total }: Props) {
  const t = useSpeedTexts();
  const q = join(question.q, "timeCost:*");
  const { data, error, refetch } = useSlowest(question, q, slowPercent(total, wanted), wanted, total > 0);
  return (
    <section className={styles.part} aria-label={t("slow.title")}>
      <h2 className={styles.sec}>
        {t("slow.title")} <small>{t("slow.sub")}</small>
      </h2>
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {total === 0 && <p className={styles.note}>{t("slow.none")}</p>}
      {total > 0 && data === undefined && error === null && <Loading />}
      {data?.cut === true && <p className={styles.banner}>{t("slow.cut")}</p>}
      {data !== undefined && (
        <table className={styles.table} data-slow={true} aria-label={t("slow.title")}>
          <thead>
            <tr>
              <th scope="col">{t("slow.time")}</th>
              <th scope="col" className="num">{t("slow.took")}</th>
              <th scope="col">{t("col.log")}</th>
              <th scope="col">{t("slow.what")}</th>
              <th scope="col">{t("slow.who")}</th>
              <th scope="col">{t("slow.code")}</th>
            </tr>
          </thead>
          <tbody>
            {data.calls.map((event) => (
              <tr key={event.id}>
                <td><EventsLink to={around(event, q, address)} className={styles.link}>{moment(event, question)}</EventsLink></td>
                <td className="num" data-strong>{duration(event.timeCost ?? Number.NaN)}</td>
                <td className={styles.log}>{t(`log.${text(event["kind"])}` as "log.call") || text(event["kind"])}</td>
                <td className={styles.uri}>{what(event)}</td>
                <td>{who(event)}</td>
                <td>{event.errorCode !== undefined && <code className={styles.code}>{event.errorCode}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The search in which an event is open: its own second, by the query that found it. */
export function around(event: LogEvent, q: string, address: Props["address"]): string | undefined {
  const ms = eventTime(event.time)?.ms;
  return ms === undefined ? undefined : address({ q, span: { from: ms - 500, to: ms + 500 } }, event.id);
}

/** When it was; with its day where the range has several. */
export function moment(event: LogEvent, { span, zone }: SpeedQuestion): string {
  const ms = eventTime(event.time)?.ms;
  if (ms === undefined) return event.time;
  const { hms, ms: fraction } = clock(ms, zone);
  return `${startOfDay(span.from, zone) === startOfDay(span.to - 1, zone) ? "" : `${date(ms, zone)} `}${hms}.${fraction}`;
}

/** What was called, in the words of its log. */
export function what(event: LogEvent): string {
  const parts = [event.service, text(event["event"]), text(event["module"]), text(event["function"]) || text(event["httpPath"])];
  const said = parts.filter((part) => part !== undefined && part !== "").join(" ");
  return said === "" ? (event.msg ?? "").slice(0, 200) : said;
}

export function who(event: LogEvent): string {
  return text(event["staff"]) || text(event["account"]) || text(event["user"]) || text(event["invoker"]);
}
