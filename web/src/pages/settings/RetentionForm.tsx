import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { changeRetention, previewChange } from "../../api/retention";
import { Field } from "../../components/Field";
import { bytes, count } from "../../model/format";
import { type Change, dayLabel, daysText, gigabytesText, keepOf, type KeptProject, readDays, readGigabytes, type Retention } from "../../model/retention";
import { Panel } from "./Panel";
import { ProjectDelete } from "./ProjectDelete";
import { keepWords } from "./RetentionProjects";
import { useRetentionTexts } from "./retentionTexts";
import own from "./Retention.module.css";
import styles from "./Settings.module.css";

interface Props {
  readonly retention: Retention;
  /** undefined: the server's own limits. */
  readonly project: KeptProject | undefined;
  readonly onClose: () => void;
}

/** Limits of a project or of the server; what a change removes is said before the button. */
export function RetentionForm({ retention, project, onClose }: Props) {
  const t = useRetentionTexts();
  const start = project === undefined ? retention.others : keepOf(retention, project);
  const [follow, setFollow] = useState(project !== undefined && project.own === null);
  const [days, setDays] = useState(daysText(start.days));
  const [size, setSize] = useState(gigabytesText(start.bytes));
  const [storeSize, setStoreSize] = useState(gigabytesText(retention.storeBytes));
  const [free, setFree] = useState(gigabytesText(retention.keepFree));

  const read = { days: readDays(days), bytes: readGigabytes(size), store: readGigabytes(storeSize), free: readGigabytes(free) };
  const change = changeOf(project, follow, read);
  const limits = (
    <>
      <Field label={t("form.days")} hint={t("form.days.hint")} error={read.days === undefined ? t("form.days.bad") : undefined} value={days} onChange={(e) => setDays(e.target.value)} inputMode="numeric" autoComplete="off" name="days" />
      <Field label={t("form.bytes")} hint={t("form.bytes.hint")} error={read.bytes === undefined ? t("form.bytes.bad") : undefined} value={size} onChange={(e) => setSize(e.target.value)} inputMode="decimal" autoComplete="off" name="bytes" />
    </>
  );
  return (
    <Panel title={<h2>{project === undefined ? t("form.server") : t("form.project", { project: project.name })}</h2>} onClose={onClose}>
      <Consequence change={change} retention={retention}>
        {project === undefined ? (
          <>
            <h3>{t("form.others")}</h3>
            {limits}
            <h3>{t("form.all")}</h3>
            <Field label={t("form.store")} hint={t("form.bytes.hint")} error={read.store === undefined ? t("form.bytes.bad") : undefined} value={storeSize} onChange={(e) => setStoreSize(e.target.value)} inputMode="decimal" autoComplete="off" name="storeBytes" />
            <h3>{t("form.disk")}</h3>
            <Field label={t("form.free")} hint={t("form.free.hint", { keep: bytes(retention.keepFreeNow) })} error={read.free === undefined ? t("form.bytes.bad") : undefined} value={free} onChange={(e) => setFree(e.target.value)} inputMode="decimal" autoComplete="off" name="keepFree" />
          </>
        ) : (
          <>
            <fieldset className={styles.types}>
              <legend>{t("form.whose")}</legend>
              {[true, false].map((choice) => (
                <label key={String(choice)} data-on={choice === follow || undefined}>
                  <input type="radio" name="follow" checked={choice === follow} onChange={() => setFollow(choice)} />
                  <span />
                  <b>{choice ? t("form.follow", { limit: keepWords(t, retention.others) }) : t("form.own")}</b>
                </label>
              ))}
            </fieldset>
            {!follow && limits}
          </>
        )}
      </Consequence>
      {retention.disk !== null && <p className={own.hint}>{t("form.note", { floor: bytes(retention.disk.floor) })}</p>}
      {project !== undefined && <ProjectDelete project={project} />}
    </Panel>
  );
}

interface Read {
  readonly days: number | undefined;
  readonly bytes: number | undefined;
  readonly store: number | undefined;
  readonly free: number | undefined;
}

/** The change that the form means; undefined while something in it cannot be read. */
function changeOf(project: KeptProject | undefined, follow: boolean, read: Read): Change | undefined {
  if (project !== undefined && follow) return { project: project.name, follow: true };
  if (read.days === undefined || read.bytes === undefined) return undefined;
  const keep = { days: read.days, bytes: read.bytes };
  if (project !== undefined) return { project: project.name, own: keep };
  return read.store === undefined || read.free === undefined ? undefined : { others: keep, storeBytes: read.store, keepFree: read.free };
}

/** The form around its fields, with what it removes. */
function Consequence({ change, retention, children }: { change: Change | undefined; retention: Retention; children: ReactNode }) {
  const t = useRetentionTexts();
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ["retention-preview", change],
    queryFn: () => (change === undefined ? Promise.reject(new Error()) : previewChange(change)),
    enabled: change !== undefined,
    placeholderData: (old) => old,
    staleTime: 0,
  });
  const save = useMutation({
    mutationFn: (to: Change) => changeRetention(to, preview.data?.events ?? 0),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["retention"] });
      void client.invalidateQueries({ queryKey: ["retention-preview"] });
    },
  });
  const plan = change === undefined ? undefined : preview.data;
  const fresh = plan !== undefined && !preview.isPlaceholderData && !preview.isFetching;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change !== undefined && fresh && !save.isPending) save.mutate(change);
  };
  const removes = plan !== undefined && plan.events > 0 && !save.isSuccess;
  const failure = save.error ?? preview.error;
  return (
    <form onSubmit={submit} onChange={() => save.reset()}>
      {children}
      <div aria-live="polite">
        {removes && (
          <div className={`${styles.consequence} ${own.change}`}>
            {t("form.removes", { n: count(plan.events), days: t("limit.days", { n: plan.days }), bytes: bytes(plan.bytes) })}
            <ul>
              {plan.removals.slice(0, 8).map((r) => (
                <li key={`${r.project} ${r.reason}`}>{t("form.removes.of", { project: r.project, before: dayLabel(r.before, retention.today, t.tag), n: count(r.events) })}</li>
              ))}
            </ul>
          </div>
        )}
        {plan !== undefined && !removes && !save.isSuccess && <p className={own.hint}>{t("form.removes.nothing")}</p>}
        {save.isSuccess && <p className={own.hint}>{t("form.saved")}</p>}
      </div>
      <div className={styles.buttons}>
        <Button type="submit" variant="filled" {...(removes ? { color: "red" } : {})} disabled={change === undefined || !fresh} loading={save.isPending}>
          {removes ? t("form.remove", { n: count(plan.events) }) : t("form.save")}
        </Button>
      </div>
      {failure !== null && change !== undefined && (
        <p className={styles.problem} role="alert">
          {failure.message}
        </p>
      )}
    </form>
  );
}
