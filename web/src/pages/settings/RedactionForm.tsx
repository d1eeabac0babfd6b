import type { ApiError } from "../../api/client";
import { Field } from "../../components/Field";
import { type Draft, type Leaves, type Redaction, ruleOf, sample } from "../../model/redaction";
import { Choose } from "./Choose";
import styles from "./Redaction.module.css";
import { findsOf, useSay } from "./useRedactionText";

interface Props {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly can: Redaction["can"];
  readonly fresh: boolean;
  readonly refused: ApiError | undefined;
}

const kinds: readonly Leaves["kind"][] = ["label", "hash", "last", "remove"];

/** What a rule says. A mistake stands at the field that the server named. */
export function RedactionForm({ draft, onChange, can, fresh, refused }: Props) {
  const s = useSay();
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const wrong = (field: string) => (refused?.field?.endsWith(`.${field}`) === true ? { error: refused.message.replace(/^rules\[\d+\]\.[\w.]+: /i, "") } : {});
  return (
    <div className={styles.form}>
      <Field label={s("edit.name")} value={draft.name} onChange={(event) => set({ name: event.target.value })} maxLength={60} autoComplete="off" name="rulename" autoFocus={fresh} />
      <Field
        label={s("edit.where")}
        hint={s("edit.where.hint", { identity: can.identity.slice(0, 4).join(", ") })}
        placeholder={s("where.any")}
        value={draft.where}
        onChange={(event) => set({ where: event.target.value })}
        autoComplete="off"
        name="where"
        spellCheck={false}
        {...wrong("where")}
      />
      <Choose label={s("edit.finds")} value={draft.finds} onChange={(finds) => set({ finds })} error={wrong("detector").error}>
        <option value="pattern">{s("edit.finds.patternChoice")}</option>
        <option value="keys">{s("edit.finds.keysChoice")}</option>
        {can.detectors.map((detector) => (
          <option key={detector} value={detector}>
            {findsOf(s, ruleOf({ ...draft, finds: detector }, "", false))}
          </option>
        ))}
      </Choose>
      {draft.finds === "pattern" && (
        <Field label={s("edit.pattern")} hint={s("edit.pattern.hint")} value={draft.pattern} onChange={(event) => set({ pattern: event.target.value })} maxLength={512} autoComplete="off" name="pattern" spellCheck={false} {...wrong("pattern")} />
      )}
      {draft.finds === "keys" && (
        <Field label={s("edit.keys")} hint={s("edit.keys.hint")} value={draft.keys} onChange={(event) => set({ keys: event.target.value })} autoComplete="off" name="keys" spellCheck={false} {...wrong("keys")} />
      )}
      <Choose label={s("edit.leaves")} value={draft.leaves} onChange={(leaves) => set({ leaves: kinds.find((kind) => kind === leaves) ?? "label" })} error={wrong("leaves.kind").error} hint={s("edit.sample", { mark: sample(ruleOf(draft, "", false).leaves) })}>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {s(`edit.leaves.${kind}`)}
          </option>
        ))}
      </Choose>
      {(draft.leaves === "label" || draft.leaves === "hash") && (
        <Field label={s("edit.label")} value={draft.label} onChange={(event) => set({ label: event.target.value })} maxLength={24} autoComplete="off" name="label" {...wrong("leaves.label")} />
      )}
      {draft.leaves === "last" && (
        <Field label={s("edit.last")} type="number" min={1} max={8} value={draft.last} onChange={(event) => set({ last: Number(event.target.value) })} name="last" {...wrong("leaves.last")} />
      )}
    </div>
  );
}
