import { ActionIcon, Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { changeSource, removeSource, sourcesQuery, trySourceQuery } from "../../api/sources";
import { CopyButton } from "../../components/CopyButton";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { draftOfSource, emptySource, freeNames, isSourceName, type Sample, type SourceDraft, type SourceRecord, type SourceWords, settingsOf, withPair } from "../../model/sources";
import { agoOrDate } from "../../model/waiting";
import settings from "./Settings.module.css";
import { SourceForm } from "./SourceForm";
import { SourceMap } from "./SourceMap";
import { SourceSample } from "./SourceSample";
import styles from "./Sources.module.css";
import { SourceTrialView } from "./SourceTrial";
import { useSourceTexts } from "./useSourceTexts";

interface Props {
  readonly project: string;
  readonly can: SourceWords;
  /** The source that is open; none: a new one. */
  readonly record: SourceRecord | undefined;
  readonly taken: readonly string[];
  readonly onOpen: (name: string) => void;
  readonly onReload: () => void;
}

/** One source: what it says, and what it makes of a sample while it is written. */
export function SourceEditor({ project, can, record, taken, onOpen, onReload }: Props) {
  const t = useT();
  const s = useSourceTexts();
  const client = useQueryClient();
  const now = useNow(60_000);
  const [draft, setDraft] = useState<SourceDraft>(() => (record === undefined ? emptySource : draftOfSource(record)));
  const [sample, setSample] = useState<Sample>({ text: "" });
  const [asking, setAsking] = useState(false);
  const [settled] = useDebouncedValue(draft, 300);
  const [settledSample] = useDebouncedValue(sample, 300);
  const trial = useQuery(trySourceQuery(project, settingsOf(settled, can), settledSample));

  const told = settingsOf(draft, can);
  const renew = (name: string) => {
    onOpen(name);
    void client.invalidateQueries({ queryKey: sourcesQuery(project).queryKey });
  };
  const change = useMutation({ mutationFn: () => changeSource(project, draft.name, record?.version ?? 0, told), onSuccess: () => renew(draft.name) });
  const remove = useMutation({ mutationFn: () => removeSource(project, record?.name ?? ""), onSuccess: () => renew("") });
  const refusal = [change.error, trial.error].find((error) => error instanceof ApiError && error.field !== undefined);
  const refused = refusal instanceof ApiError ? refusal : undefined;
  const conflict = change.error instanceof ApiError && change.error.code === "conflict";
  const failure = conflict ? null : ([change.error, remove.error, trial.error].find((error) => error !== null && (error !== refused || !refused.field?.startsWith("settings."))) ?? null);
  const changed = record === undefined || JSON.stringify(told) !== JSON.stringify(settingsOf(draftOfSource(record), can));
  const nameTaken = record === undefined && taken.includes(draft.name);
  const ready = isSourceName(draft.name) && !nameTaken && draft.format !== "" && changed;
  const map = (name: string) => {
    setDraft({ ...draft, fields: withPair(draft.fields, name) });
    requestAnimationFrame(() => document.querySelector<HTMLSelectElement>(`[data-from="${CSS.escape(name)}"]`)?.focus());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !change.isPending) change.mutate();
  };
  return (
    <aside className={styles.panel} aria-label={record?.name ?? s("edit.new")}>
      <form className={styles.edit} onSubmit={submit}>
        <header>
          <h2>{record?.name ?? s("edit.new")}</h2>
          <i className="grow" />
          {record !== undefined && (
            <>
              <span className={styles.by}>{s("edit.changed", { by: record.by.replace(/^user:/, ""), time: agoOrDate(record.changed, new Date(now), t.tag) })}</span>
              <ActionIcon aria-label={s("remove")} onClick={() => setAsking(!asking)} aria-expanded={asking}>
                <IconTrash size={15} stroke={1.7} />
              </ActionIcon>
            </>
          )}
          <ActionIcon aria-label={t("common.close")} onClick={() => onOpen("")}>
            <IconX size={15} stroke={1.7} />
          </ActionIcon>
        </header>
        {asking && record !== undefined && (
          <div className={settings.consequence}>
            <p>{record.last === null ? s("remove.unused") : s("remove.used", { time: agoOrDate(record.last, new Date(now), t.tag) })}</p>
            <div className={settings.buttons}>
              <Button variant="filled" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
                {s("remove.sure")}
              </Button>
              <Button onClick={() => setAsking(false)}>{s("remove.keep")}</Button>
            </div>
          </div>
        )}
        <SourceForm draft={draft} onChange={setDraft} can={can} fresh={record === undefined} taken={nameTaken} refused={refused} guessed={sample.text === "" && sample.bytes === undefined ? undefined : trial.data} />
        <SourceMap what="fields" draft={draft} onChange={setDraft} choices={can.fields} offers={freeNames(trial.data)} refused={refused} />
        <SourceMap what="levels" draft={draft} onChange={setDraft} choices={can.levels} offers={[]} refused={refused} />
        <div className={styles.go}>
          <Button type="submit" variant="filled" disabled={!ready} loading={change.isPending}>
            {s(record === undefined ? "go.make" : "go.save")}
          </Button>
          <p>{s("go.text")}</p>
        </div>
        {(failure !== null || conflict) && (
          <p className={settings.problem} role="alert">
            {conflict ? s("conflict") : failure?.message}{" "}
            {conflict && (
              <button type="button" className={settings.link} onClick={onReload}>
                {s("conflict.load")}
              </button>
            )}
          </p>
        )}
        {record !== undefined && (
          <p className={styles.use}>
            <code translate="no">{`clewline send --source ${record.name} FILE`}</code>
            <CopyButton text={`clewline send --source ${record.name} `} what={s("use")} />
          </p>
        )}
      </form>
      <div className={styles.side}>
        <SourceSample sample={sample} onChange={setSample} trial={trial.data} />
        {sample.text !== "" || sample.bytes !== undefined ? (
          trial.data !== undefined && <SourceTrialView trial={trial.data} loading={trial.isFetching} onMap={draft.format === "text" ? undefined : map} onEncoding={(encoding) => setDraft({ ...draft, encoding })} />
        ) : (
          <p className={styles.hint}>{s("try.waiting")}</p>
        )}
      </div>
    </aside>
  );
}
