import { Button } from "@mantine/core";
import IconRefresh from "@tabler/icons-react/dist/esm/icons/IconRefresh.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { replayLetters } from "../../api/ingest";
import { Message } from "../../components/Message";
import { useT } from "../../i18n";
import { bytes, count, eventTime, fullTime } from "../../model/format";
import { fixOf, type Letter, offeredFormat, type Replayed } from "../../model/letters";
import { Excerpt } from "./Excerpt";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Props {
  readonly letter: Letter;
  readonly project: string;
  readonly admin: boolean;
  readonly formats: readonly string[];
  /** Letters of this reason that were not played again. */
  readonly open: number;
  readonly onClose: () => void;
  readonly onReplayed: () => void;
}

/** One dead letter: what came, what is wrong with it, what helps, and playing it again. */
export function LetterDetail({ letter, project, admin, formats, open, onClose, onReplayed }: Props) {
  const t = useIngestTexts();
  const common = useT();
  const fix = fixOf(letter);
  const [format, setFormat] = useState(() => offeredFormat(letter.text, letter.format, formats));
  const replay = useMutation({
    mutationFn: (all: boolean) => replayLetters({ project, format, ...(all ? { group: letter.group } : { letters: [letter.id] }) }),
    onSuccess: onReplayed,
  });
  const time = eventTime(letter.received);
  return (
    <aside className={styles.panel} aria-label={t("letter.title")}>
      <header>
        <h2>{t("letter.title")}</h2>
        <i className="grow" />
        <button type="button" className={styles.close} aria-label={common("common.close")} onClick={onClose}>
          <IconX size={14} stroke={1.7} aria-hidden="true" />
        </button>
      </header>
      <p className={styles.reason}>{letter.reason}</p>
      <Excerpt letter={letter} />
      <dl className={styles.about}>
        <dt>{t("letter.came")}</dt>
        <dd>
          <code>/v1/{letter.door}</code> <code>{letter.format}</code> {time !== undefined && t("letter.at", { time: fullTime(time, zone) })}
        </dd>
        <dt>{t("letter.where")}</dt>
        <dd>{letter.column > 0 ? t("letter.where.column", { line: letter.line, column: letter.column }) : t("letter.where.line", { line: letter.line })}</dd>
        {letter.field !== "" && (
          <>
            <dt>{t("letter.field")}</dt>
            <dd>
              <code>{letter.field}</code>
            </dd>
          </>
        )}
      </dl>
      <p className={styles.advice}>{t(`fix.${fix}`)}</p>
      <h3>{t("letter.text")}</h3>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.text} tabIndex={0} aria-label={t("letter.text")}>
        <Message text={letter.text} code="" hits={undefined} multiline />
      </pre>
      {letter.bytes > 4096 && <p className="muted">{t("letter.cut", { bytes: bytes(letter.bytes) })}</p>}
      {letter.replayed !== null ? (
        <p className={styles.good}>
          {t("letter.replayed", { by: letter.replayed.by, format: letter.replayed.format })}{" "}
          {letter.replayed.eventId !== "" && (
            <Link to="/search" search={{ project, q: `id:"${letter.replayed.eventId}"`, from: "-400d" }}>
              {t("letter.event")}
            </Link>
          )}
        </p>
      ) : (
        fix !== "cut" &&
        (admin ? (
          <div className={styles.replay}>
            <label>
              {t("letter.format")}
              <select value={format} onChange={(event) => setFormat(event.target.value)}>
                {formats.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <Button variant="filled" leftSection={<IconRefresh size={14} stroke={1.7} />} disabled={replay.isPending} onClick={() => replay.mutate(false)}>
              {t("letter.replay")}
            </Button>
            {open > 1 && (
              <Button variant="default" disabled={replay.isPending} onClick={() => replay.mutate(true)}>
                {t("letter.replayAll", { n: count(open) })}
              </Button>
            )}
            <p className="muted">{t("letter.once")}</p>
          </div>
        ) : (
          <p className="muted">{t("letter.member")}</p>
        ))
      )}
      <div role="status" className={styles.result}>
        {replay.data !== undefined && <Result data={replay.data} />}
      </div>
      {replay.error !== null && (
        <p className={styles.problem} role="alert">
          {replay.error.message}
        </p>
      )}
    </aside>
  );
}

/** What became of the letters, by outcome. */
function Result({ data }: { data: Replayed }) {
  const t = useIngestTexts();
  const of = (result: string) => data.results.filter((one) => one.result === result);
  const [before, unreadable, failed] = [of("before"), of("unreadable"), of("failed")];
  const stored = of("stored").length;
  return (
    <>
      {stored > 0 && <p className={styles.good}>{t("result.stored", { n: count(stored) })}</p>}
      {before.length > 0 && <p>{t("result.before", { n: count(before.length) })}</p>}
      {unreadable.length > 0 && <p className={styles.bad}>{t("result.unreadable", { n: count(unreadable.length), reason: unreadable[0]?.reason ?? "" })}</p>}
      {failed.length > 0 && <p className={styles.bad}>{t("result.failed", { n: count(failed.length), reason: failed[0]?.reason ?? "" })}</p>}
      {data.more && <p>{t("result.more")}</p>}
    </>
  );
}
