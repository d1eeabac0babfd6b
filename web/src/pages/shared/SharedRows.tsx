import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { sharedEvents } from "../../api/shares";
import type { LogEvent } from "../../api/types";
import { Level } from "../../components/Level";
import { Loading } from "../../components/Loading";
import { Message } from "../../components/Message";
import { columnText } from "../../model/eventFields";
import { count, eventTime, fullTime } from "../../model/format";
import { parseJson, printJson } from "../../model/json";
import { sourceOf } from "../../model/source";
import { safeText } from "../../model/untrusted";
import styles from "./Shared.module.css";
import { SharedEnd } from "./SharedEnd";
import { useSharedTexts } from "./texts";

/** The events that a link shows, newest first; each opens to all its fields. */
export function SharedRows({ token, columns, zone }: { token: string; columns: readonly string[]; zone: string }) {
  const s = useSharedTexts();
  const [open, setOpen] = useState("");
  const { data, error, fetchNextPage, hasNextPage, isFetching, refetch } = useInfiniteQuery({
    queryKey: ["shared", token],
    queryFn: ({ pageParam, signal }) => sharedEvents(token, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.end?.next,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (error !== null && data === undefined) return <SharedEnd error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const rows = data.pages.flatMap((page) => page.rows);
  const reason = data.pages.find(({ end }) => end?.partial === true)?.end?.reason;
  const time = (event: LogEvent) => {
    const at = eventTime(event.time);
    return at === undefined ? event.time : fullTime(at, zone);
  };
  return (
    <>
      {reason !== undefined && <p className={styles.note}>{s("partial", { reason })}</p>}
      <p className={styles.facts} role="status">
        {rows.length === 0 ? s("none") : hasNextPage ? s("countMore", { n: count(rows.length) }) : s("count", { n: rows.length })}
      </p>
      {rows.length > 0 && (
        <table className={styles.table} data-events>
          <thead>
            <tr>
              <th scope="col">{s("time")}</th>
              <th scope="col">{s("level")}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th scope="col">{s("message")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((event) => (
              <Fragment key={event.id}>
                <tr>
                  <td>{time(event)}</td>
                  <td>
                    <Level level={event.level} />
                  </td>
                  {columns.map((column) => (
                    <td key={column}>{safeText(columnText(event, column))}</td>
                  ))}
                  <td>
                    <button type="button" className={styles.event} aria-expanded={open === event.id} onClick={() => setOpen(open === event.id ? "" : event.id)}>
                      <Message text={event.msg ?? event.raw ?? event.errorMsg ?? event.id} code={event.errorCode ?? ""} hits={undefined} />
                    </button>
                  </td>
                </tr>
                {open === event.id && (
                  <tr>
                    <td colSpan={columns.length + 3}>
                      <pre className={styles.json} aria-label={s("event", { time: time(event) })}>
                        <Message text={printJson(parseJson(sourceOf(event)), 0)} code="" hits={undefined} multiline />
                      </pre>
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && (
        <Button className={styles.more ?? ""} loading={isFetching} onClick={() => void fetchNextPage()}>
          {s("more")}
        </Button>
      )}
      {error !== null && <p role="alert">{error.message}</p>}
    </>
  );
}
