import { Button } from "@mantine/core";
import IconBan from "@tabler/icons-react/dist/esm/icons/IconBan.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeOrigins, revokeKey } from "../../api/keys";
import { Origins } from "../../components/Origins";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { consequenceOf, isRevoked, type KeyRecord } from "../../model/keys";
import { agoOrDate } from "../../model/waiting";
import { KeyName } from "./KeyName";
import { KeyReading } from "./KeyReading";
import { KeyUse } from "./KeyUse";
import { typeIcons } from "./KeyTable";
import { Panel } from "./Panel";
import styles from "./Settings.module.css";
import { useKeyState } from "./useKeyState";

/** One key: what it may, from which pages, and the way to revoke it. */
export function KeyDetail({ record, onClose }: { record: KeyRecord; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const now = new Date(useNow(30_000));
  const state = useKeyState(record);
  const renew = () => client.invalidateQueries({ queryKey: ["keys", record.project] });
  const change = useMutation({ mutationFn: (origins: readonly string[]) => changeOrigins(record.id, origins), onSettled: renew });
  const TypeIcon = typeIcons[record.type];
  const moment = (text: string) => new Date(text).toLocaleString(t.tag, { dateStyle: "medium", timeStyle: "short" });
  return (
    <Panel
      onClose={onClose}
      title={
        <h2>
          <TypeIcon size={16} stroke={1.7} aria-hidden="true" /> {record.name || t("key.unnamed")} <span>{t(`key.detail.${record.type}`)}</span>
        </h2>
      }
    >
      <dl className={styles.facts}>
        <dt>{t("key.col.key")}</dt>
        <dd className="mono">{record.prefix}</dd>
        <dt>{t("key.detail.id")}</dt>
        <dd className="mono">{record.id}</dd>
        <dt>{t("key.detail.created")}</dt>
        <dd>{moment(record.created)}</dd>
        <dt>{t("key.detail.used")}</dt>
        <dd>{record.lastUsed ? agoOrDate(record.lastUsed, now, t.tag) : t("key.used.never")}</dd>
        <dt>{t("key.col.state")}</dt>
        <dd>{state}</dd>
      </dl>
      {!isRevoked(record) && <KeyName record={record} />}
      {record.type === "browser" && (
        <>
          <h3>{t("key.origins")}</h3>
          <Origins origins={change.isPending ? change.variables : (record.origins ?? [])} onChange={(origins) => change.mutate(origins)} offers={["http://localhost:5173", "null"]} disabled={isRevoked(record)} />
          {change.error !== null && (
            <p className={styles.problem} role="alert">
              {change.error.message}
            </p>
          )}
        </>
      )}
      <KeyUse record={record} />
      <KeyReading record={record} />
      <h3>{t("key.revoke")}</h3>
      {isRevoked(record) ? <p className="text2">{t("key.revoked.text")}</p> : <Revoke record={record} now={now} onDone={renew} />}
    </Panel>
  );
}

/** Says what breaks before the button that breaks it. */
function Revoke({ record, now, onDone }: { record: KeyRecord; now: Date; onDone: () => Promise<void> }) {
  const t = useT();
  const [asked, setAsked] = useState(false);
  const revoke = useMutation({ mutationFn: () => revokeKey(record.id), onSuccess: onDone });
  if (!asked) {
    return (
      <Button color="red" leftSection={<IconBan size={14} stroke={1.7} />} onClick={() => setAsked(true)}>
        {t("key.revoke.ask")}
      </Button>
    );
  }
  const consequence = consequenceOf(record);
  return (
    <div role="group" aria-label={t("key.revoke.ask")}>
      <p className={styles.consequence} role="alert">
        {consequence === "nothing" ? t("key.revoke.nothing") : t(`key.revoke.${consequence}`, { time: agoOrDate(record.lastUsed ?? "", now, t.tag) })}
      </p>
      <div className={styles.buttons}>
        <Button autoFocus onClick={() => setAsked(false)}>
          {t("key.revoke.keep")}
        </Button>
        <Button color="red" variant="filled" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          {t("key.revoke.sure")}
        </Button>
      </div>
      {revoke.error !== null && (
        <p className={styles.problem} role="alert">
          {revoke.error.message}
        </p>
      )}
    </div>
  );
}
