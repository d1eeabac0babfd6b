import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeKey } from "../../api/keys";
import { Field } from "../../components/Field";
import { useNow } from "../../hooks/useNow";
import { keyReading as en } from "../../i18n/en/keyReading";
import { usePageTexts } from "../../i18n/part";
import { keyReading as zh } from "../../i18n/zh/keyReading";
import { count } from "../../model/format";
import { isWorking, type KeyRecord } from "../../model/keys";
import styles from "./Settings.module.css";

const texts = { en, zh };

/** What a read key may ask of the store: how it stands now, and its bounds. Nothing for other keys. */
export function KeyReading({ record }: { record: KeyRecord }) {
  const t = usePageTexts(texts);
  const client = useQueryClient();
  const [seconds, setSeconds] = useState(String(record.querySecondsPerMinute ?? 0));
  const [rows, setRows] = useState(String(record.queryRowsPerMinute ?? 0));
  const [most, setMost] = useState(String(record.queriesAtOnce ?? 0));
  const save = useMutation({
    mutationFn: () => changeKey(record.id, { querySecondsPerMinute: Number(seconds), queryRowsPerMinute: Number(rows), queriesAtOnce: Number(most) }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["keys", record.project] }),
  });
  const now = new Date(useNow(30_000));
  const { reading } = record;
  if (reading === undefined) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <>
      <h3>{t("title")}</h3>
      <p className="text2">{t("now", { left: reading.secondsLeft.toFixed(1), seconds: count(reading.secondsPerMinute), running: reading.running, most: reading.atOnce })}</p>
      <p className="text2">{t("rowsNow", { left: count(reading.rowsLeft), rows: count(reading.rowsPerMinute) })}</p>
      <p className="text2">{t("ever", { spent: reading.seconds.toFixed(1), rows: count(reading.rows), n: reading.refused })}</p>
      {isWorking(record, now) && (
        <form onSubmit={submit}>
          <Field label={t("seconds")} hint={t("own")} type="number" min={0} max={100_000} required value={seconds} onChange={(e) => setSeconds(e.target.value)} />
          <Field label={t("rows")} hint={t("own")} type="number" min={0} max={1_000_000_000_000} required value={rows} onChange={(e) => setRows(e.target.value)} />
          <Field label={t("most")} hint={t("own")} type="number" min={0} max={100_000} required value={most} onChange={(e) => setMost(e.target.value)} />
          <div className={styles.buttons}>
            <Button type="submit" loading={save.isPending}>
              {t("save")}
            </Button>
          </div>
          <p role="status">{save.isSuccess && t("saved")}</p>
          {save.error !== null && (
            <p className={styles.problem} role="alert">
              {save.error.message}
            </p>
          )}
        </form>
      )}
    </>
  );
}
