import { Button } from "@mantine/core";
import IconBan from "@tabler/icons-react/dist/esm/icons/IconBan.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changePerson, endTheirSessions, makeLink, removePerson } from "../../api/people";
import { faultOf, isLastAdmin, type May, type Person, tidyMay } from "../../model/people";
import { Panel } from "./Panel";
import { PeopleLink } from "./PeopleAdd";
import { PeopleForm } from "./PeopleForm";
import { usePeopleTexts } from "./peopleTexts";
import styles from "./Settings.module.css";

interface Props {
  readonly person: Person;
  readonly people: readonly Person[];
  readonly projects: readonly string[];
  readonly onClose: () => void;
}

/** One person: what they may, their link, their sessions, and the way out. */
export function PeopleDetail({ person, people, projects, onClose }: Props) {
  const p = usePeopleTexts();
  const client = useQueryClient();
  const [may, setMay] = useState<May>({ role: person.role, account: person.account, projects: person.projects });
  const [asked, setAsked] = useState(false);
  const renew = () => client.invalidateQueries({ queryKey: ["people"] });
  const save = useMutation({ mutationFn: () => changePerson(person.id, tidyMay(may)), onSuccess: renew });
  const link = useMutation({ mutationFn: () => makeLink(person.id), onSuccess: renew });
  const end = useMutation({ mutationFn: () => endTheirSessions(person.id), onSuccess: renew });
  const remove = useMutation({
    mutationFn: () => removePerson(person.id),
    onSuccess: async () => {
      onClose();
      await renew();
    },
  });
  if (link.data !== undefined) return <PeopleLink made={link.data} onClose={() => link.reset()} />;
  const last = isLastAdmin(people, person.id);
  const fault = faultOf(may);
  const error = save.error ?? link.error ?? end.error ?? remove.error;
  return (
    <Panel
      onClose={onClose}
      title={
        <h2>
          {person.name} <span>{p(`role.${person.role}`)}</span>
        </h2>
      }
    >
      <PeopleForm may={may} projects={projects} fault={fault} fixed={last} onChange={setMay} />
      <div className={styles.buttons}>
        <Button variant="filled" disabled={fault !== undefined} loading={save.isPending} onClick={() => save.mutate()}>
          {p("form.save")}
        </Button>
      </div>
      {error !== null && (
        <p className={styles.problem} role="alert">
          {error.message}
        </p>
      )}
      <h3>{p("link.make")}</h3>
      <p className="text2">
        {!person.waiting && p("link.make.text")} {p("link.make.invite")}
      </p>
      <div className={styles.buttons}>
        <Button loading={link.isPending} onClick={() => link.mutate()}>
          {p("link.make")}
        </Button>
        {person.sessions > 0 && (
          <Button loading={end.isPending} onClick={() => end.mutate()}>
            {p("sessions.end", { n: person.sessions })}
          </Button>
        )}
      </div>
      {end.data !== undefined && <p role="status">{p("sessions.ended", { n: end.data.ended })}</p>}
      <h3>{p("remove.title")}</h3>
      {last ? (
        <p className="text2">{p("remove.last")}</p>
      ) : asked ? (
        <div role="group" aria-label={p("remove.title")}>
          <p className={styles.consequence} role="alert">
            {p("remove.text", { name: person.name })}
          </p>
          <div className={styles.buttons}>
            <Button autoFocus onClick={() => setAsked(false)}>
              {p("remove.keep")}
            </Button>
            <Button color="red" variant="filled" loading={remove.isPending} onClick={() => remove.mutate()}>
              {p("remove.sure")}
            </Button>
          </div>
        </div>
      ) : (
        <Button color="red" leftSection={<IconBan size={14} stroke={1.7} />} onClick={() => setAsked(true)}>
          {p("remove.ask", { name: person.name })}
        </Button>
      )}
    </Panel>
  );
}
