import type { SearchEnd } from "../../api/types";
import { QueryText } from "../../components/QueryText";
import { Say, useT } from "../../i18n";
import { count } from "../../model/format";
import { spanLabel } from "../../model/rangeLabel";
import type { Span } from "../../model/timeRange";
import styles from "./ResultLine.module.css";
import type { Question } from "./SearchRun";

interface Props {
  readonly question: Question;
  readonly end: SearchEnd | undefined;
  readonly zone: string;
  readonly now: number;
  readonly onTry: (q: string, span: Span | undefined) => void;
}

/** No event matches: that all was read, what comes close with its counts, and which field was meant. */
export function Empty({ question, end, zone, now, onTry }: Props) {
  const t = useT();
  const near = (end?.near ?? []).map(({ q, from, to, count: hits, more }) => ({ q, hits, more, span: from === undefined || to === undefined ? undefined : { from: Date.parse(from), to: Date.parse(to) } }));
  const clock = (ms: number) => spanLabel({ from: ms, to: ms + 1 }, now, zone, t).replace(/ – .*/, "");
  const bare = /(?:^|\s)([\p{L}\p{N}_]{3,})(?=\s|$)/u.exec(question.q)?.[1];

  return (
    <div className={styles.empty}>
      <h2>{t("empty.title", { from: clock(question.span.from), to: clock(question.span.to) })}</h2>
      <p>
        {end !== undefined && t("empty.read", { n: count(end.scanned.rows) })} {near.length > 0 ? t("empty.near") : ""}
      </p>
      {near.length > 0 && (
        <div className={styles.near}>
          {near.map(({ q, span, hits, more }) => [
            <button key={`${q} ${span?.from ?? ""}`} type="button" className={span === undefined ? undefined : styles.words} onClick={() => onTry(q, span)}>
              {span === undefined ? <QueryText q={q} /> : t("empty.sameQuery", { range: spanLabel(span, now, zone, t) })}
            </button>,
            <span key={`${q} ${span?.from ?? ""} hits`}>{hits === undefined ? "" : `${more === true ? "≥ " : ""}${t("result.count", { n: count(hits) })}`}</span>,
          ])}
        </div>
      )}
      {bare !== undefined && !/^(?:and|or|not)$/i.test(bare) && (
        <p style={{ marginTop: 12 }}>
          <Say k="empty.words" slots={{ star: <code>*{bare}*</code>, example: <code>X{bare.toUpperCase()}_42</code> }} />
        </p>
      )}
    </div>
  );
}
