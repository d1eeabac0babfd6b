import { ActionIcon, Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import IconArrowDown from "@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs";
import IconArrowUp from "@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { ApiError } from "../../api/client";
import { previewQuery } from "../../api/redaction";
import { useProject } from "../../hooks/useProject";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { canTry, type Draft, draftOf, emptyDraft, newId, type Redaction, type Rule, type RuleRecord, ruleOf, withRule } from "../../model/redaction";
import styles from "./Redaction.module.css";
import { RedactionForm } from "./RedactionForm";
import { RedactionPreview } from "./RedactionPreview";
import settings from "./Settings.module.css";
import { nameOf, useSay } from "./useRedactionText";

interface Props {
  readonly redaction: Redaction;
  /** The rule that is open; none: a new one. */
  readonly record: RuleRecord | undefined;
  readonly pending: boolean;
  readonly onClose: () => void;
  readonly onMove: (id: string, by: -1 | 1) => void;
  /** The list as it shall be, and which rule is open then. */
  readonly onChange: (rules: readonly Rule[], open: string) => void;
  /** A sentence on the newest try. */
  readonly onTried: (text: string) => void;
}

/** One rule: what it says, what it would do, and the buttons that take it into use. */
export function RedactionEditor({ redaction, record, pending, onClose, onMove, onChange, onTried }: Props) {
  const t = useT();
  const s = useSay();
  const project = useProject();
  const [draft, setDraft] = useState<Draft>(() => (record === undefined ? emptyDraft : draftOf(record)));
  const taken = redaction.rules.map(({ id }) => id);
  const id = record?.id ?? newId(draft.name, taken);
  const [settled] = useDebouncedValue(draft, 400);
  // Name and place in the list change nothing that is found.
  const tried = useMemo(() => (canTry(settled) ? ruleOf({ ...settled, name: "draft" }, "draft", true) : undefined), [settled]);
  const preview = useQuery(previewQuery(project, tried));
  const refused = preview.error instanceof ApiError ? preview.error : undefined;
  const said = preview.data === undefined || tried === undefined ? "" : s("previewed", { n: count(preview.data.events), ms: Math.round(preview.data.tookMs) });
  useEffect(() => onTried(said), [said, onTried]);

  const changed = record === undefined || JSON.stringify(draft) !== JSON.stringify(draftOf(record));
  const ready = canTry(draft) && draft.name.trim() !== "" && refused === undefined;
  const save = (on: boolean) => onChange(withRule(redaction.rules, ruleOf(draft, id, on)), id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !pending) save(true);
  };
  return (
    <aside className={styles.panel}>
      <form className={styles.edit} onSubmit={submit}>
        <header>
          <h2>{record === undefined ? s("edit.new") : nameOf(s, record)}</h2>
          {record?.on !== true && <span className={styles.draft}>{s("edit.draft")}</span>}
          <i className="grow" />
          {record !== undefined && (
            <>
              <ActionIcon aria-label={s("edit.up")} disabled={taken[0] === id} onClick={() => onMove(id, -1)}>
                <IconArrowUp size={15} stroke={1.7} />
              </ActionIcon>
              <ActionIcon aria-label={s("edit.down")} disabled={taken.at(-1) === id} onClick={() => onMove(id, 1)}>
                <IconArrowDown size={15} stroke={1.7} />
              </ActionIcon>
              <ActionIcon aria-label={s("go.delete")} disabled={pending} onClick={() => onChange(redaction.rules.filter((rule) => rule.id !== id), "")}>
                <IconTrash size={15} stroke={1.7} />
              </ActionIcon>
            </>
          )}
          <ActionIcon aria-label={t("common.close")} onClick={onClose}>
            <IconX size={15} stroke={1.7} />
          </ActionIcon>
        </header>
        <RedactionForm draft={draft} onChange={setDraft} can={redaction.can} fresh={record === undefined} refused={refused} />
        <div className={styles.go}>
          {record?.on === true ? (
            <>
              {changed && (
                <Button type="submit" variant="filled" disabled={!ready} loading={pending}>
                  {s("go.save")}
                </Button>
              )}
              <Button id="rule-switch" disabled={pending} onClick={() => onChange(withRule(redaction.rules, { ...record, on: false }), id)}>
                {s("go.off")}
              </Button>
            </>
          ) : (
            <>
              <Button id="rule-switch" type="submit" variant="filled" disabled={!ready} loading={pending}>
                {s("go.on")}
              </Button>
              {changed && (
                <Button disabled={!ready || pending} onClick={() => save(false)}>
                  {s("go.saveOff")}
                </Button>
              )}
            </>
          )}
          <p>
            {record?.on === true
              ? s("go.off.text", { n: count(record.hits) })
              : preview.data !== undefined && tried !== undefined && refused === undefined && s("go.on.text", { n: count(preview.data.changed), events: count(preview.data.events) })}
          </p>
        </div>
        {preview.error !== null && refused?.field === undefined && (
          <p className={settings.problem} role="alert">
            {preview.error.message}
          </p>
        )}
      </form>
      <RedactionPreview preview={refused === undefined && tried !== undefined ? preview.data : undefined} loading={preview.isFetching} />
    </aside>
  );
}
