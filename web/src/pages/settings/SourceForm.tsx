import { useId } from "react";
import type { ApiError } from "../../api/client";
import { Field } from "../../components/Field";
import { isSourceName, type SourceDraft, type SourceTrial, type SourceWords } from "../../model/sources";
import { Choose } from "./Choose";
import settings from "./Settings.module.css";
import styles from "./Sources.module.css";
import { useSourceTexts } from "./useSourceTexts";

interface Props {
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
  readonly can: SourceWords;
  readonly fresh: boolean;
  /** Another source has the name. */
  readonly taken: boolean;
  readonly refused: ApiError | undefined;
  /** What the sample gave; none while there is no sample. */
  readonly guessed: SourceTrial | undefined;
}

/** What the server says of one setting, without the setting's name in front. */
export function wrongSetting(refused: ApiError | undefined, field: string): { readonly error?: string } {
  return refused?.field === `settings.${field}` ? { error: refused.message.replace(/^\w+: /, "") } : {};
}

/** How lines are read. A mistake stands at the setting that the server named. */
export function SourceForm({ draft, onChange, can, fresh, taken, refused, guessed }: Props) {
  const s = useSourceTexts();
  const encodings = useId();
  const zones = useId();
  const set = (part: Partial<SourceDraft>) => onChange({ ...draft, ...part });
  const joins = draft.format === "" || can.multiline.includes(draft.format);
  const nameWrong = taken || (draft.name !== "" && !isSourceName(draft.name));
  return (
    <div className={styles.form}>
      <Field
        label={s("edit.name")}
        hint={s("edit.name.hint")}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
        maxLength={63}
        autoComplete="off"
        name="sourcename"
        spellCheck={false}
        readOnly={!fresh}
        autoFocus={fresh}
        {...(nameWrong && fresh ? { error: s("edit.name.wrong") } : {})}
      />
      <Choose
        label={s("edit.format")}
        value={draft.format}
        onChange={(format) => set({ format })}
        error={fresh && draft.format === "" ? undefined : wrongSetting(refused, "format").error}
        hint={
          draft.format === "" && guessed?.guessed === true ? (
            <>
              {s("edit.format.guessed", { format: guessed.format })}{" "}
              <button type="button" className={settings.link} onClick={() => set({ format: guessed.format })}>
                {s("edit.format.take", { format: guessed.format })}
              </button>
            </>
          ) : undefined
        }
      >
        {fresh && <option value="">{s("edit.format.guess")}</option>}
        {can.formats.map((format) => (
          <option key={format} value={format}>
            {format === "regex" ? s("edit.format.regex") : format}
          </option>
        ))}
      </Choose>
      {draft.format === "regex" && (
        <div className={styles.wide}>
          <Field label={s("edit.pattern")} hint={s("edit.pattern.hint")} value={draft.pattern} onChange={(event) => set({ pattern: event.target.value })} maxLength={4096} autoComplete="off" name="pattern" spellCheck={false} {...wrongSetting(refused, "pattern")} />
        </div>
      )}
      {joins && (
        <Choose label={s("edit.join")} value={draft.join} onChange={(join) => set({ join: join === "stack" || join === "first" ? join : "" })} error={draft.join === "first" ? undefined : wrongSetting(refused, "multiline").error}>
          <option value="">{s("edit.join.none")}</option>
          <option value="stack">{s("edit.join.stack")}</option>
          <option value="first">{s("edit.join.first")}</option>
        </Choose>
      )}
      {joins && draft.join === "first" && (
        <Field label={s("edit.first")} placeholder="^\d{4}-" value={draft.first} onChange={(event) => set({ first: event.target.value })} maxLength={4096} autoComplete="off" name="first" spellCheck={false} {...wrongSetting(refused, "multiline")} />
      )}
      <Field label={s("edit.tz")} hint={s("edit.tz.hint", { zone: can.zone })} placeholder={can.zone} value={draft.tz} onChange={(event) => set({ tz: event.target.value })} list={zones} autoComplete="off" name="tz" spellCheck={false} {...wrongSetting(refused, "tz")} />
      <Field label={s("edit.encoding")} hint={s("edit.encoding.hint")} placeholder="utf-8" value={draft.encoding} onChange={(event) => set({ encoding: event.target.value })} list={encodings} autoComplete="off" name="encoding" spellCheck={false} {...wrongSetting(refused, "encoding")} />
      <Field label={s("edit.app")} hint={s("edit.default.hint")} value={draft.app} onChange={(event) => set({ app: event.target.value })} maxLength={200} autoComplete="off" name="app" spellCheck={false} {...wrongSetting(refused, "app")} />
      <Field label={s("edit.env")} hint={s("edit.default.hint")} value={draft.env} onChange={(event) => set({ env: event.target.value })} maxLength={200} autoComplete="off" name="env" spellCheck={false} {...wrongSetting(refused, "env")} />
      <datalist id={encodings}>
        {can.encodings.map((encoding) => (
          <option key={encoding} value={encoding}>
            {encoding}
          </option>
        ))}
      </datalist>
      <datalist id={zones}>
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </datalist>
    </div>
  );
}
