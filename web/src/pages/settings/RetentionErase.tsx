import { Button } from "@mantine/core";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { orderErasure, previewErasure } from "../../api/retention";
import { Field } from "../../components/Field";
import { count } from "../../model/format";
import { choiceOf, type Erasure, type ErasurePreview, type Who, whoFields } from "../../model/retention";
import { safeText } from "../../model/untrusted";
import { Panel } from "./Panel";
import own from "./Retention.module.css";
import { useRetentionTexts } from "./retentionTexts";
import styles from "./Settings.module.css";

interface Props {
  readonly project: string;
  readonly onClose: () => void;
  readonly onOrdered: (e: Erasure) => void;
}

/** Erases a person's data: chosen, counted, typed once more, ordered. */
export function RetentionErase({ project, onClose, onOrdered }: Props) {
  const t = useRetentionTexts();
  const id = useId();
  const [who, setWho] = useState<Who>("account");
  const [text, setText] = useState("");
  const preview = useMutation({ mutationFn: () => previewErasure(project, choiceOf(who, text)) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "" && !preview.isPending) preview.mutate();
  };
  return (
    <Panel title={<h2>{t("erase.title", { project })}</h2>} onClose={onClose}>
      {preview.data === undefined ? (
        <form onSubmit={submit}>
          <p className="text2">{t("erase.lead")}</p>
          <div className={own.choice}>
            <label htmlFor={id}>{t("erase.who")}</label>
            <select id={id} value={who} onChange={(e) => setWho(e.target.value as Who)}>
              {whoFields.map((field) => (
                <option key={field}>{field}</option>
              ))}
              <option value="query">{t("erase.who.query")}</option>
            </select>
          </div>
          <Field
            label={who === "query" ? t("erase.value.query") : t("erase.value")}
            {...(who === "query" ? {} : { hint: t("erase.value.hint") })}
            error={preview.error?.message}
            value={text}
            onChange={(e) => setText(e.target.value)}
            autoComplete="off"
            spellCheck={false}
            name="value"
          />
          <div className={styles.buttons}>
            <Button type="submit" variant="filled" disabled={text.trim() === ""} loading={preview.isPending}>
              {t("erase.count")}
            </Button>
          </div>
        </form>
      ) : (
        <Confirm project={project} who={who} text={text} found={preview.data} onBack={() => preview.reset()} onOrdered={onOrdered} />
      )}
    </Panel>
  );
}

interface ConfirmProps {
  readonly project: string;
  readonly who: Who;
  readonly text: string;
  readonly found: ErasurePreview;
  readonly onBack: () => void;
  readonly onOrdered: (e: Erasure) => void;
}

function Confirm({ project, who, text, found, onBack, onOrdered }: ConfirmProps) {
  const t = useRetentionTexts();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const order = useMutation({
    mutationFn: () => orderErasure(project, choiceOf(who, text), found.events, typed.trim()),
    onSuccess: (e) => {
      void client.invalidateQueries({ queryKey: ["erasures", project] });
      onOrdered(e);
    },
  });
  const time = (at: string | null) => (at === null ? "" : new Date(at).toLocaleString(t.tag, { dateStyle: "medium", timeStyle: "short" }));
  const events = t(found.atLeast ? "erase.found.least" : "erase.found", { n: count(found.events) });
  const last = found.earlier[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === found.confirm && !order.isPending) order.mutate();
  };
  return (
    <form onSubmit={submit}>
      <p>
        <code className={own.query}>{safeText(found.query)}</code>
      </p>
      <p className={own.found} role="status">
        <b>{found.events === 0 ? t("erase.found.none") : found.oldest === null ? events : t("erase.found.span", { found: events, from: time(found.oldest), to: time(found.newest) })}</b>{" "}
        {found.apps.length > 0 && t("erase.apps", { apps: found.apps.map((a) => `${safeText(a.app) || t("erase.noapp")} ${count(a.events)}`).join(", ") })}
      </p>
      {last !== undefined && <p className={own.hint}>{t("erase.earlier", { n: found.earlier.length, when: time(last.ordered) })}</p>}
      {found.sample.length > 0 && (
        <>
          <h3>{t("erase.sample")}</h3>
          <ul className={own.sample}>
            {found.sample.map((e) => (
              <li key={e.id}>
                <time>{time(e.time)}</time> {safeText(e.msg ?? "")}
              </li>
            ))}
          </ul>
        </>
      )}
      <p className={`${styles.consequence} ${own.apart}`}>{t("erase.consequence")}</p>
      <Field label={t("erase.confirm", { word: safeText(found.confirm) })} value={typed} onChange={(e) => setTyped(e.target.value)} autoComplete="off" spellCheck={false} name="confirm" autoFocus />
      <div className={styles.buttons}>
        <Button onClick={onBack}>{t("erase.back")}</Button>
        <Button type="submit" color="red" variant="filled" leftSection={<IconTrash size={14} stroke={1.7} />} disabled={typed.trim() !== found.confirm} loading={order.isPending}>
          {t("erase.go")}
        </Button>
      </div>
      {order.error !== null && (
        <p className={styles.problem} role="alert">
          {order.error.message}
        </p>
      )}
    </form>
  );
}
