import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addPerson } from "../../api/people";
import { CopyButton } from "../../components/CopyButton";
import { Field } from "../../components/Field";
import { faultOf, type May, type PersonWithLink, tidyMay } from "../../model/people";
import { Panel } from "./Panel";
import { PeopleForm } from "./PeopleForm";
import { usePeopleTexts } from "./peopleTexts";
import styles from "./Settings.module.css";

/** Adds somebody. Nobody sets a password for another: the answer is a link. */
export function PeopleAdd({ projects, onClose }: { projects: readonly string[]; onClose: () => void }) {
  const p = usePeopleTexts();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [may, setMay] = useState<May>({ role: "reader", account: "", projects: [] });
  const [tried, setTried] = useState(false);
  const add = useMutation({
    mutationFn: () => addPerson({ name: name.trim(), ...tidyMay(may) }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["people"] }),
  });
  if (add.data !== undefined) return <PeopleLink made={add.data} onClose={onClose} />;
  const fault = faultOf(may);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!add.isPending && name.trim() !== "" && fault === undefined) add.mutate();
  };
  return (
    <Panel title={<h2>{p("people.new")}</h2>} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Field label={p("form.name")} hint={p("form.name.hint")} name="person" value={name} maxLength={64} required autoFocus autoComplete="off" onChange={(event) => setName(event.target.value)} />
        <PeopleForm may={may} projects={projects} fault={tried ? fault : undefined} onChange={setMay} />
        {add.error !== null && (
          <p className={styles.problem} role="alert">
            {add.error.message}
          </p>
        )}
        <div className={styles.buttons}>
          <Button type="submit" variant="filled" loading={add.isPending}>
            {p("form.add")}
          </Button>
          <Button onClick={onClose}>{p("form.cancel")}</Button>
        </div>
      </form>
    </Panel>
  );
}

/** Shows a one-time link, this one time. */
export function PeopleLink({ made, onClose }: { made: PersonWithLink; onClose: () => void }) {
  const p = usePeopleTexts();
  const url = window.location.origin + made.link.path;
  const until = new Date(made.link.expires).toLocaleString(p.tag, { dateStyle: "medium", timeStyle: "short" });
  return (
    <Panel title={<h2>{p("link.title", { name: made.name })}</h2>} onClose={onClose}>
      <p className="text2" role="status">
        {p("link.text", { time: until })}
      </p>
      <div className={styles.secret}>
        <code translate="no">{url}</code>
        <CopyButton text={url} what={p("link.what")} />
      </div>
      <div className={styles.buttons}>
        <Button variant="filled" autoFocus onClick={onClose}>
          {p("link.done")}
        </Button>
      </div>
    </Panel>
  );
}
