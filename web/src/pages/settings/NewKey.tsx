import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createKey } from "../../api/keys";
import { Code } from "../../components/Code";
import { CopyButton } from "../../components/CopyButton";
import { Field } from "../../components/Field";
import { Origins } from "../../components/Origins";
import { useT } from "../../i18n";
import { type FreshKey, type KeyType, keyTypes } from "../../model/keys";
import { queryCommand } from "../../model/snippets";
import { typeIcons } from "./KeyTable";
import { Panel } from "./Panel";
import styles from "./Settings.module.css";

/** Makes a key, and shows it whole this one time. */
export function NewKey({ project, onClose }: { project: string; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [type, setType] = useState<KeyType>("browser");
  const [name, setName] = useState("");
  const [origins, setOrigins] = useState<readonly string[]>([]);
  const make = useMutation({
    mutationFn: () => createKey({ project, type, name: name.trim(), origins: type === "browser" ? origins : [] }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["keys", project] }),
  });
  if (make.data !== undefined) return <Made fresh={make.data} type={type} name={name} onClose={onClose} />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!make.isPending) make.mutate();
  };
  return (
    <Panel title={<h2>{t("key.make.title", { project })}</h2>} onClose={onClose}>
      <form onSubmit={submit}>
        <fieldset className={styles.types}>
          <legend>{t("key.make.type")}</legend>
          {keyTypes.map((choice, i) => {
            const TypeIcon = typeIcons[choice];
            return (
              <label key={choice} data-on={choice === type || undefined}>
                <input type="radio" name="type" value={choice} checked={choice === type} onChange={() => setType(choice)} autoFocus={i === 0} />
                <TypeIcon size={16} stroke={1.7} aria-hidden="true" />
                <span>
                  <b>{t(`key.make.${choice}`)}</b>
                  <small>{t(`key.make.${choice}.text`)}</small>
                </span>
              </label>
            );
          })}
        </fieldset>
        <Field label={t("key.make.name")} hint={t("key.make.name.hint")} value={name} onChange={(event) => setName(event.target.value)} maxLength={100} autoComplete="off" name="keyname" />
        {type === "browser" && (
          <>
            <h3>{t("key.origins")}</h3>
            <Origins origins={origins} onChange={setOrigins} offers={["http://localhost:5173", "null"]} />
          </>
        )}
        {make.error !== null && (
          <p className={styles.problem} role="alert">
            {make.error.message}
          </p>
        )}
        <div className={styles.buttons}>
          <Button type="submit" variant="filled" loading={make.isPending}>
            {t("key.make.go")} <kbd aria-hidden="true">⏎</kbd>
          </Button>
          <Button onClick={onClose}>{t("key.make.cancel")}</Button>
        </div>
      </form>
    </Panel>
  );
}

function Made({ fresh, type, name, onClose }: { fresh: FreshKey; type: KeyType; name: string; onClose: () => void }) {
  const t = useT();
  const example = queryCommand(window.location.origin, fresh.key);
  return (
    <Panel title={<h2>{name.trim() || t(`key.make.${type}`)}</h2>} onClose={onClose}>
      <h3>{t("key.made.title")}</h3>
      <p className="text2" role="status">
        {t("key.made.text")}
      </p>
      <div className={styles.secret}>
        <code translate="no">{fresh.key}</code>
        <CopyButton text={fresh.key} what={t("key.col.key")} />
      </div>
      {type === "read" && (
        <>
          <h3>{t("key.made.read")}</h3>
          <div className={styles.example}>
            <Code code={example} language="sh" label={t("key.made.read")} />
            <CopyButton text={example} what={t("key.made.read")} />
          </div>
        </>
      )}
      <div className={styles.buttons}>
        <Button variant="filled" autoFocus onClick={onClose}>
          {t("key.made.done")}
        </Button>
      </div>
    </Panel>
  );
}
