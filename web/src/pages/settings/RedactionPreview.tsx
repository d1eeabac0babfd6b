import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery } from "../../api/session";
import { Message } from "../../components/Message";
import { clock, count, eventTime } from "../../model/format";
import type { Example, Preview } from "../../model/redaction";
import { browserZone } from "../../model/zone";
import styles from "./Redaction.module.css";
import { type RedactionKey, useSay } from "./useRedactionText";

interface Props {
  readonly preview: Preview | undefined;
  readonly loading: boolean;
}

/** What a rule would do to the newest events: what stands there struck, what would stand there tinted, doubts with their reason. */
export function RedactionPreview({ preview, loading }: Props) {
  const s = useSay();
  const [show, setShow] = useState<"changed" | "doubtful">("changed");
  if (preview === undefined) return <p className={styles.hint}>{s("try.waiting")}</p>;
  const examples = preview.examples.filter((example) => (show === "changed" ? example.parts.some(({ kind }) => kind === "old") : example.doubt !== undefined));
  const searched = preview.fields.filter((field) => field.searched).map(({ field }) => field);
  return (
    <section className={styles.preview} aria-label={s("try.list")} aria-busy={loading}>
      <div className={styles.counts}>
        <span>{s.rich("try.changed", { n: <b>{count(preview.changed)}</b>, events: count(preview.events) }, preview.changed)}</span>
        <span>{s.rich("try.values", { n: <b>{count(preview.values)}</b> }, preview.values)}</span>
        <span data-warn={preview.doubtful > 0 || undefined}>{s.rich("try.doubtful", { n: <b>{count(preview.doubtful)}</b> })}</span>
        <i className="grow" />
        {(["changed", "doubtful"] as const).map((which) => (
          <button key={which} type="button" className={styles.chip} aria-pressed={show === which} onClick={() => setShow(which)}>
            {s(`try.show.${which}`)}
          </button>
        ))}
      </div>
      {preview.partial !== "" && <p className={styles.warn}>{s("try.partial", { why: preview.partial })}</p>}
      {searched.length > 0 && <p className={styles.warn}>{s("try.searched", { fields: searched.join(", ") })}</p>}
      {examples.length === 0 && <p className={styles.hint}>{s(preview.events === 0 ? "try.empty" : `try.none.${show}`)}</p>}
      <ul>
        {examples.map((example, i) => (
          // One event can show several times.
          // oxlint-disable-next-line react/no-array-index-key
          <Row key={`${example.id} ${i}`} example={example} />
        ))}
      </ul>
    </section>
  );
}

function Row({ example }: { example: Example }) {
  const s = useSay();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const time = eventTime(example.time);
  const at = time === undefined ? undefined : clock(time.ms, me?.zone ?? browserZone());
  return (
    <li data-doubt={example.doubt} tabIndex={example.doubt === undefined ? undefined : -1}>
      <time dateTime={example.time}>{at !== undefined && `${at.hms}.${at.ms}`}</time>
      <span className={styles.source}>{example.source}</span>
      <div>
        {example.field !== "msg" && <span className="muted">{example.field}=</span>}
        {example.parts.map(({ text, kind }, i) => {
          const Element = kind === "old" ? "del" : kind === "new" ? "ins" : "span";
          return (
            // The parts of a text keep their order.
            // oxlint-disable-next-line react/no-array-index-key
            <Element key={i}>
              {kind !== "same" && <span className="sr-only">{s(`try.${kind}`)} </span>}
              <Message text={text} code="" hits={undefined} />
            </Element>
          );
        })}
        {example.doubt !== undefined && <p>{s(`doubt.${example.doubt}` as RedactionKey, { field: example.detail ?? "" })}</p>}
      </div>
    </li>
  );
}
