import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeKey, changeOrigins, keysQuery, rotateKey } from "../../api/keys";
import { CopyButton } from "../../components/CopyButton";
import { Field } from "../../components/Field";
import { useNow } from "../../hooks/useNow";
import { keyUse as en } from "../../i18n/en/keyUse";
import { usePageTexts } from "../../i18n/part";
import { keyUse as zh } from "../../i18n/zh/keyUse";
import { dayOf, endOfDay, isWorking, type KeyRecord } from "../../model/keys";
import { agoOrDate } from "../../model/waiting";
import styles from "./Settings.module.css";

const texts = { en, zh };

/** How a key is used, what it may send, when it ends, and its successor. */
export function KeyUse({ record }: { record: KeyRecord }) {
  const t = usePageTexts(texts);
  const client = useQueryClient();
  const now = new Date(useNow(30_000));
  const { data: keys } = useQuery({ ...keysQuery(record.project), enabled: false });
  const renew = () => client.invalidateQueries({ queryKey: ["keys", record.project] });
  const allow = useMutation({ mutationFn: (origin: string) => changeOrigins(record.id, [...(record.origins ?? []), origin]), onSuccess: renew });
  const use = record.use;
  const working = isWorking(record, now);
  const clients = use?.moreClients === true ? t("use.more", { n: use.clients }) : t("use.clients", { n: use?.clients ?? 0 });
  return (
    <>
      <h3>{t("use.title")}</h3>
      <p className="text2">
        {use === undefined || use.requests === 0
          ? t("use.none")
          : `${t("use.requests", { n: use.requests })}, ${clients}, ${t("use.last", { time: agoOrDate(use.lastAt ?? record.created, now, t.tag) })}`}
      </p>
      {use !== undefined && use.refused > 0 && <p className="text2">{t("use.refused", { n: use.refused })}</p>}
      {use?.refusedOrigin !== undefined && !(record.origins ?? []).includes(use.refusedOrigin) && (
        <p className="text2">
          {t("use.origin", { n: use.refusedOrigins ?? 0, origin: use.refusedOrigin })}{" "}
          {working && (
            <button type="button" className={styles.link} disabled={allow.isPending} onClick={() => allow.mutate(use.refusedOrigin ?? "")}>
              {t("use.allow")}
            </button>
          )}
        </p>
      )}
      {working && <Limits record={record} onDone={renew} />}
      {working && <Rotation record={record} keys={keys ?? []} now={now} onDone={renew} />}
    </>
  );
}

function Limits({ record, onDone }: { record: KeyRecord; onDone: () => Promise<void> }) {
  const t = usePageTexts(texts);
  const [events, setEvents] = useState(String(record.eventsPerSecond ?? 0));
  const [bytes, setBytes] = useState(String(record.bytesPerDay ?? 0));
  const [ends, setEnds] = useState(dayOf(record.ends));
  const save = useMutation({
    mutationFn: () =>
      changeKey(record.id, { ...(record.type === "read" ? {} : { eventsPerSecond: Number(events), bytesPerDay: Number(bytes) }), ...(ends === dayOf(record.ends) ? {} : { ends: endOfDay(ends) }) }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit}>
      {record.type !== "read" && (
        <>
          <h3>{t("quota.title")}</h3>
          <Field label={t("quota.events")} name="events" type="number" min={0} step={1} value={events} onChange={(event) => setEvents(event.target.value)} />
          <Field
            label={t("quota.bytes")} name="bytes" type="number" min={0} step={1} value={bytes} onChange={(event) => setBytes(event.target.value)}
            hint={`${t("quota.hint")} ${t("quota.today", { bytes: (record.use?.bytesToday ?? 0).toLocaleString(t.tag) })}`}
          />
        </>
      )}
      <h3>{t("ends.title")}</h3>
      <Field label={t("ends.at")} name="ends" type="date" value={ends} onChange={(event) => setEnds(event.target.value)} />
      {save.error !== null && (
        <p className={styles.problem} role="alert">
          {save.error.message}
        </p>
      )}
      <div className={styles.buttons}>
        <Button type="submit" loading={save.isPending}>
          {t("quota.save")}
        </Button>
      </div>
    </form>
  );
}

/** A key and its successor: how many have not moved yet is said before anybody revokes. */
function Rotation({ record, keys, now, onDone }: { record: KeyRecord; keys: readonly KeyRecord[]; now: Date; onDone: () => Promise<void> }) {
  const t = usePageTexts(texts);
  const rotate = useMutation({ mutationFn: () => rotateKey(record.id), onSuccess: onDone });
  const successor = keys.find((key) => key.replaces === record.id && isWorking(key, now));
  const old = keys.find((key) => key.id === record.replaces && isWorking(key, now));
  return (
    <>
      <h3>{t("rotate.title")}</h3>
      {old !== undefined && <p className="text2">{t("rotate.new", { prefix: old.prefix })}</p>}
      {rotate.data !== undefined ? (
        <>
          <p role="status">{t("rotate.made")}</p>
          <div className={styles.secret}>
            <code translate="no">{rotate.data.key}</code>
            <CopyButton text={rotate.data.key} what={t("rotate.title")} />
          </div>
        </>
      ) : successor !== undefined ? (
        <>
          <p className="text2">{t("rotate.old", { prefix: successor.prefix })}</p>
          <p className={(record.use?.clients ?? 0) > 0 ? styles.consequence : "text2"}>
            {(record.use?.clients ?? 0) > 0 ? t("rotate.left", { n: record.use?.clients ?? 0, requests: record.use?.requests ?? 0 }) : t("rotate.moved")}
          </p>
        </>
      ) : (
        <>
          <p className="text2">{t("rotate.text")}</p>
          <div className={styles.buttons}>
            <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
              {t("rotate.go")}
            </Button>
          </div>
        </>
      )}
      {rotate.error !== null && (
        <p className={styles.problem} role="alert">
          {rotate.error.message}
        </p>
      )}
    </>
  );
}
