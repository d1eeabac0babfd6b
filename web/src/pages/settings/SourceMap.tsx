import { ActionIcon, Button } from "@mantine/core";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useId } from "react";
import type { ApiError } from "../../api/client";
import { type Pair, type SourceDraft, withPair } from "../../model/sources";
import { wrongSetting } from "./SourceForm";
import styles from "./Sources.module.css";
import { useSourceTexts } from "./useSourceTexts";

interface Props {
  readonly what: "fields" | "levels";
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
  /** What a word can mean. */
  readonly choices: readonly string[];
  /** Words that the sample has and nothing means yet. */
  readonly offers: readonly string[];
  readonly refused: ApiError | undefined;
}

/** The sender's own words, a row each, and what they mean. */
export function SourceMap({ what, draft, onChange, choices, offers, refused }: Props) {
  const s = useSourceTexts();
  const id = useId();
  const pairs = draft[what];
  const set = (next: readonly Pair[]) => onChange({ ...draft, [what]: next });
  const change = (pair: Pair, part: Partial<Pair>) => set(pairs.map((one) => (one.id === pair.id ? { ...one, ...part } : one)));
  const { error } = wrongSetting(refused, what);
  const useless = what === "fields" && draft.format === "text";
  const words = what === "levels" && (draft.format === "access" || draft.format === "syslog") ? s(`levels.text.${draft.format}`) : s(`${what}.text`);
  return (
    <fieldset className={styles.map}>
      <legend>{s(what)}</legend>
      <p>{useless ? s("fields.none") : words}</p>
      {!useless && pairs.length > 0 && (
        <ul>
          {pairs.map((pair) => (
            <li key={pair.id}>
              <input
                value={pair.from}
                onChange={(event) => change(pair, { from: event.target.value })}
                aria-label={s(`${what}.from`)}
                placeholder={s(`${what}.from`)}
                list={`${id}-offers`}
                maxLength={256}
                autoComplete="off"
                spellCheck={false}
              />
              <span aria-hidden="true">→</span>
              <select data-from={pair.from} value={pair.to} onChange={(event) => change(pair, { to: event.target.value })} aria-label={`${s(`${what}.to`)} ${pair.from}`}>
                <option value="">{s(`${what}.choose`)}</option>
                {choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choice}
                  </option>
                ))}
              </select>
              <ActionIcon aria-label={s("row.remove", { name: pair.from })} onClick={() => set(pairs.filter((one) => one.id !== pair.id))}>
                <IconX size={14} stroke={1.7} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {error !== undefined && (
        <p role="alert" data-error>
          {error}
        </p>
      )}
      {!useless && (
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} stroke={1.7} />} onClick={() => set(withPair(pairs, ""))}>
          {s(`${what}.add`)}
        </Button>
      )}
      <datalist id={`${id}-offers`}>
        {offers.map((offer) => (
          <option key={offer} value={offer}>
            {offer}
          </option>
        ))}
      </datalist>
    </fieldset>
  );
}
