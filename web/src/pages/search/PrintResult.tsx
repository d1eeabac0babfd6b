import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { print as en } from "../../i18n/en/print";
import { usePageTexts } from "../../i18n/part";
import { print as zh } from "../../i18n/zh/print";
import { originOf } from "../../model/cells";
import { timeColumns } from "../../model/columns";
import { columnText } from "../../model/eventFields";
import { clock, count, date, duration, eventTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { cut, safeText } from "../../model/untrusted";
import type { Page } from "./usePage";
import styles from "./PrintResult.module.css";

const texts = { en, zh };
/** More rows than this are a book: an export serves better. */
const mostPrinted = 1000;

/** The result on paper: what was asked, how much of it this is, and the rows. */
export function PrintResult({ page }: { page: Page }) {
  const p = usePageTexts(texts);
  const { answer, columns, counts, project, rows, search, zone } = page;
  const printed = rows.all().slice(0, mostPrinted);
  const moment = (ms: number) => `${date(ms, zone)} ${clock(ms, zone).hms}`;
  const total = Math.max(answer.count, rows.length);
  const slots = { shown: count(printed.length), n: count(rows.length), total: count(total) };
  const own = columns.map(({ field }) => field).filter((field) => !timeColumns.has(field));
  return (
    <div className={styles.sheet}>
      <h2>{p("title")}</h2>
      <dl>
        <dt>{p("project")}</dt>
        <dd>{project}</dd>
        <dt>{p("query")}</dt>
        <dd className="mono">{search.q.trim() === "" ? p("allEvents") : safeText(search.q, 2000)}</dd>
        <dt>{p("time")}</dt>
        <dd>
          {moment(counts.span.from)} – {moment(counts.span.to)} {zone}
        </dd>
      </dl>
      <p>{printed.length < rows.length ? p("first", slots) : printed.length < total ? p("loaded", slots) : p("all", slots)}</p>
      <table>
        <tbody>
          {printed.map((event) => {
            const time = eventTime(event.time);
            return (
              <tr key={event.id}>
                <td>{time === undefined ? event.time : `${moment(time.ms)}.${time.fraction}`}</td>
                <td>
                  <Level level={event.level} />
                </td>
                <td>{safeText(originOf(event)?.value ?? "", 60)}</td>
                <td className={styles.message}>
                  <Message text={cut(messageOf(event), 1000)} code={event.errorCode ?? ""} hits={undefined} />
                  {own.map((field) => {
                    const value = columnText(event, field);
                    return value === "" ? null : (
                      <div key={field}>
                        {field}: {safeText(value, 300)}
                      </div>
                    );
                  })}
                </td>
                <td>{event.timeCost === undefined ? "" : duration(event.timeCost)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
