import type { LogEvent } from "../../api/types";
import { duration, eventTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { cut } from "../../model/untrusted";
import { Message } from "../../components/Message";
import styles from "./LogTable.module.css";

/** What followed the first event of a sequence: how long after it, and what it says. */
export function Then({ event, hits }: { event: LogEvent; hits: RegExp | undefined }) {
  const { then } = event;
  if (!Array.isArray(then)) return null;
  const begin = eventTime(event.time)?.ms ?? Number.NaN;
  return (then as readonly LogEvent[]).map((next) => {
    const after = (eventTime(next.time)?.ms ?? Number.NaN) - begin;
    return (
      <span key={next.id} className={styles.then}>
        <i> → {Number.isNaN(after) ? "" : `+${duration(after)}`} </i>
        <Message text={cut(messageOf(next), 600)} code={next.errorCode ?? ""} hits={hits} />
      </span>
    );
  });
}
