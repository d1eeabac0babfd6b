import { Button } from "@mantine/core";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useT } from "../i18n";
import { readOrigin } from "../model/origin";
import styles from "./Origins.module.css";

interface Props {
  readonly origins: readonly string[];
  readonly onChange: (origins: readonly string[]) => void;
  /** Origins that are offered with one click. */
  readonly offers?: readonly string[];
  readonly disabled?: boolean;
}

/** The list of origins that may use a browser key, read and put right as they are typed. */
export function Origins({ origins, onChange, offers = [], disabled = false }: Props) {
  const t = useT();
  const id = useId();
  const inputRef = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<string>();

  const add = (text: string) => {
    const read = readOrigin(text);
    if (!read.ok) {
      setFault(t(`add.origins.${read.why}`));
      return;
    }
    setFault(undefined);
    setTyped("");
    if (!origins.includes(read.origin)) onChange([...origins, read.origin]);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault(); // it adds the origin, and does not send the form around
    add(typed);
  };

  return (
    <div className={styles.origins}>
      <ul>
        {origins.map((origin) => (
          <li key={origin}>
            <code translate="no">{origin}</code>
            {!disabled && (
              <button
                type="button"
                aria-label={t("add.origins.remove", { origin })}
                onClick={() => {
                  onChange(origins.filter((other) => other !== origin));
                  inputRef.current?.focus();
                }}
              >
                <IconX size={13} stroke={1.7} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {origins.length === 0 && <p className={styles.none}>{t("add.origins.none")}</p>}
      {!disabled && (
        <>
          <div className={styles.add}>
            <input
              ref={inputRef}
              aria-label={t("add.origins.add")}
              aria-invalid={fault !== undefined || undefined}
              aria-describedby={fault === undefined ? undefined : id}
              placeholder={t("add.origins.placeholder")}
              value={typed}
              spellCheck={false}
              autoCapitalize="none"
              autoCorrect="off"
              autoComplete="off"
              inputMode="url"
              onChange={(event) => {
                setTyped(event.target.value);
                setFault(undefined);
              }}
              onKeyDown={onKey}
            />
            <Button onClick={() => add(typed)}>{t("add.origins.add")}</Button>
          </div>
          {fault !== undefined && (
            <p id={id} className={styles.fault} role="alert">
              {fault}
            </p>
          )}
          <div className={styles.offers}>
            {offers
              .filter((offer) => !origins.includes(offer))
              .map((offer) => (
                <button key={offer} type="button" translate="no" onClick={() => add(offer)}>
                  + {offer === "null" ? t("add.origins.file") : offer}
                </button>
              ))}
          </div>
        </>
      )}
    </div>
  );
}
