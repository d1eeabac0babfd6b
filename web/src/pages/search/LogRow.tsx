import { memo } from "react";
import type { LogEvent } from "../../api/types";
import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { useT } from "../../i18n";
import { originOf } from "../../model/cells";
import { agoColumn, gapColumn, timeColumns } from "../../model/columns";
import { columnText } from "../../model/eventFields";
import { clock, duration, eventTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { relativeTime } from "../../model/relativeTime";
import { cut, dropAnsi, pieces } from "../../model/untrusted";
import styles from "./LogTable.module.css";
import { Then } from "./Then";

export interface RowProps {
  readonly event: LogEvent;
  readonly index: number;
  readonly id: string;
  readonly top: number;
  readonly selected: boolean;
  /** The cell that the keys act on, in the selected row. */
  readonly cell: string | undefined;
  readonly zone: string;
  readonly hits: RegExp | undefined;
  readonly columns: readonly string[];
  readonly newDay: boolean;
  /** "" where the thread does not pass, else "knot" or "line", with "up" and "down". */
  readonly thread: string;
  readonly threadOpen: boolean;
  /** The moment that "ago" counts from, ms; 0 when no column asks for it. */
  readonly now: number;
  /** The time of the event before, ms; NaN when no column asks for it or there is none. */
  readonly before: number;
  readonly measure: ((element: HTMLElement | null) => void) | undefined;
}

/** One line of a text from elsewhere, its signs named. */
export function oneLine(text: string, most = 500): string {
  return pieces(dropAnsi(cut(text, most)), false)
    .map((piece) => (piece.sign === true ? `‹${piece.text}›` : piece.text))
    .join("");
}

/** One event in the table. Its row of the grid is found by data-index: one listener serves all rows. */
export const LogRow = memo(function LogRow(props: RowProps) {
  const { event, index, id, top, selected, cell, zone, hits, columns, newDay, thread, threadOpen, now, before, measure } = props;
  const t = useT();
  const time = eventTime(event.time);
  const shown = time === undefined ? undefined : clock(time.ms, zone);
  const origin = originOf(event)?.value ?? "";
  const message = messageOf(event);
  const at = (name: string, className: string | undefined) => ({
    role: "gridcell",
    "data-cell": name,
    id: cell === name ? `${id}-cell` : undefined,
    className: `${className ?? ""} ${cell === name ? (styles.cell ?? "") : ""}`,
  });
  return (
    <div
      ref={measure}
      role="row"
      id={id}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={`${styles.row ?? ""} ${newDay ? (styles.newDay ?? "") : ""}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        aria-label={thread.includes("knot") ? "•" : undefined}
        aria-hidden={!thread.includes("knot")}
        className={`${styles.thread ?? ""} ${thread === "" ? "" : (styles.line ?? "")} ${thread.includes("knot") ? (styles.knot ?? "") : ""} ${threadOpen ? (styles.open ?? "") : ""}`}
        data-up={thread.includes("up")}
        data-down={thread.includes("down")}
      />
      <div {...at("time", styles.time)}>
        {shown?.hms ?? event.time}
        <i>{shown === undefined ? "" : `.${shown.ms}`}</i>
      </div>
      <div {...at("level", undefined)}>
        <Level level={event.level} />
      </div>
      <div {...at("service", styles.service)} title={origin}>
        {oneLine(origin, 200)}
      </div>
      <div {...at("message", styles.message)}>
        <Message text={message} code={event.errorCode ?? ""} hits={hits} />
        {event["then"] !== undefined && <Then event={event} hits={hits} />}
      </div>
      {columns.map((field) => {
        const value = ownText(event, field, time?.ms ?? Number.NaN, now, before, t.tag);
        return (
          <div key={field} {...at(`col:${field}`, styles.own)} title={cut(value, 1000)}>
            {oneLine(value)}
          </div>
        );
      })}
      <div {...at("timeCost", styles.cost)}>{event.timeCost === undefined ? "" : duration(event.timeCost)}</div>
    </div>
  );
});

/** The text of one of the user's columns. */
function ownText(event: LogEvent, field: string, at: number, now: number, before: number, tag: string): string {
  if (field === agoColumn) return Number.isNaN(at) ? "" : relativeTime(at, now, tag);
  if (field !== gapColumn) return columnText(event, field);
  return Number.isNaN(at - before) ? "" : `+${duration(at - before)}`;
}

/** One event as a card, for the phone: two lines of message, 44 px and more to touch. */
export const LogCard = memo(function LogCard({ event, index, id, top, selected, zone, hits, columns, now, before, measure }: RowProps) {
  const t = useT();
  const time = eventTime(event.time);
  const shown = time === undefined ? undefined : clock(time.ms, zone);
  return (
    <div ref={measure} role="row" id={id} data-index={index} aria-rowindex={index + 2} aria-selected={selected} className={styles.card} style={{ transform: `translateY(${top}px)` }}>
      <div role="gridcell">
        <div className={styles.cardHead}>
          <Level level={event.level} />
          <span>{shown === undefined ? event.time : `${shown.hms}.${shown.ms}`}</span>
          <span className="ellipsis">{oneLine(originOf(event)?.value ?? "", 80)}</span>
          <span>{event.timeCost === undefined ? "" : duration(event.timeCost)}</span>
        </div>
        <div className={styles.cardText}>
          <Message text={cut(messageOf(event), 600)} code={event.errorCode ?? ""} hits={hits} />
          {event["then"] !== undefined && <Then event={event} hits={hits} />}
        </div>
        {columns.length > 0 && (
          <div className={styles.cardOwn}>
            {columns.map((field) => {
              const value = oneLine(ownText(event, field, time?.ms ?? Number.NaN, now, before, t.tag), 120);
              return value === "" ? null : (
                <div key={field}>
                  {!timeColumns.has(field) && <i>{field} </i>}
                  {value}
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
});
