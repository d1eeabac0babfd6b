import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../../api/client";
import { type Common, context, type Context } from "../../api/context";
import type { LogEvent } from "../../api/types";
import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { clock, eventTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { cut } from "../../model/untrusted";
import styles from "./Around.module.css";
import { useDrawerTexts } from "./drawerTexts";

interface Props {
  readonly event: LogEvent;
  readonly project: string;
  readonly zone: string;
  readonly onOpen: (id: string) => void;
  /** The query of the minute around, where the server has no answer of its own. */
  readonly onQuery: () => void;
}

const each = 20;
type Side = { readonly earlier?: string; readonly later?: string };

/** What stood before and after an event, by time or by what it has in common with others. */
export function Around({ event, project, zone, onOpen, onQuery }: Props) {
  const d = useDrawerTexts();
  const [by, setBy] = useState<Common>("time");
  // What another event has, this one may lack.
  const [asked, setAsked] = useState(event.id);
  if (asked !== event.id) {
    setAsked(event.id);
    setBy("time");
  }
  const here = useRef<HTMLLIElement>(null);
  const { data, error, isFetching, fetchNextPage, fetchPreviousPage, hasNextPage, hasPreviousPage } = useInfiniteQuery({
    queryKey: ["context", project, event.id, by],
    queryFn: ({ signal, pageParam }) => context({ id: event.id, project, by, ...pageParam }, each, signal),
    initialPageParam: {} as Side,
    getNextPageParam: (page: Context) => (page.later === undefined ? undefined : { later: page.later }),
    getPreviousPageParam: (page: Context) => (page.earlier === undefined ? undefined : { earlier: page.earlier }),
    retry: false,
  });
  const first = data?.pages.find((_, i) => Object.keys(data.pageParams[i] ?? {}).length === 0);
  useEffect(() => {
    if (first !== undefined) here.current?.scrollIntoView({ block: "nearest" });
  }, [first]);
  const before = data?.pages.flatMap((page) => page.before) ?? [];
  const after = data?.pages.flatMap((page) => page.after) ?? [];
  const part = data?.pages.find(({ partial }) => partial);
  const row = (each: LogEvent) => (
    <li key={each.id}>
      <button type="button" onClick={() => onOpen(each.id)}>
        <Line event={each} zone={zone} />
      </button>
    </li>
  );
  if (error !== null && data === undefined) {
    const missing = error instanceof ApiError && error.status === 404;
    return (
      <div className={styles.failed}>
        {!missing && <p role="alert">{d("aroundFailed", { reason: error.message })}</p>}
        <Button onClick={onQuery}>{d("aroundQuery")}</Button>
      </div>
    );
  }
  return (
    <div aria-busy={isFetching}>
      <div className={styles.by} role="group" aria-label={d("aroundBy")}>
        {(first?.has ?? ["time"]).map((name) => (
          <button key={name} type="button" aria-pressed={by === name} onClick={() => setBy(name)}>
            {d(`by_${name}`)}
          </button>
        ))}
      </div>
      {part !== undefined && <p className={styles.part} role="status">{d("aroundPart", { reason: part.reason ?? "" })}</p>}
      {data !== undefined && (
        <ul className={styles.list} aria-label={d("aroundLabel")}>
          <li className={styles.end}>
            {hasPreviousPage ? (
              <button type="button" onClick={() => void fetchPreviousPage()}>
                ↑ {d("earlier")}
              </button>
            ) : (
              d("noEarlier")
            )}
          </li>
          {before.map(row)}
          <li ref={here} className={styles.here} aria-current="true" aria-label={d("here")}>
            <Line event={event} zone={zone} />
          </li>
          {after.map(row)}
          <li className={styles.end}>
            {hasNextPage ? (
              <button type="button" onClick={() => void fetchNextPage()}>
                ↓ {d("later")}
              </button>
            ) : (
              d("noLater")
            )}
          </li>
        </ul>
      )}
    </div>
  );
}

function Line({ event, zone }: { event: LogEvent; zone: string }) {
  const time = eventTime(event.time);
  const shown = time === undefined ? undefined : clock(time.ms, zone);
  return (
    <>
      <span className={styles.time}>{shown === undefined ? event.time : `${shown.hms}.${shown.ms}`}</span>
      <Level level={event.level} />
      <span className={styles.text}>
        <Message text={cut(messageOf(event), 300)} code={event.errorCode ?? ""} hits={undefined} />
      </span>
    </>
  );
}
