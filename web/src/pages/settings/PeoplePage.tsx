import IconUsers from "@tabler/icons-react/dist/esm/icons/IconUsers.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { peopleQuery } from "../../api/people";
import { meQuery } from "../../api/session";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useTitle } from "../../hooks/useTitle";
import { summarisePeople } from "../../model/people";
import { PeopleAdd } from "./PeopleAdd";
import { PeopleDetail } from "./PeopleDetail";
import { PeopleOwn } from "./PeopleOwn";
import { PeopleTable } from "./PeopleTable";
import { usePeopleTexts } from "./peopleTexts";
import { ListShell } from "./ListShell";
import styles from "./Settings.module.css";

/** Who may log in and what they may; for everybody, their own password and sessions. */
export function PeoplePage() {
  const p = usePeopleTexts();
  const navigate = useNavigate();
  const { sel = "" } = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin";
  const { data, error, refetch } = useQuery({ ...peopleQuery, enabled: admin });
  const select = (id: string) => void navigate({ to: "/settings/people", search: (old) => ({ ...old, sel: id }), replace: id === "" });
  useTitle(p("people.title"));

  const people = data ?? [];
  const projects = me?.projects.map((project) => project.name) ?? [];
  const selected = people.find((person) => person.id === sel);
  const close = () => select("");
  const panel =
    sel === "new" && admin ? (
      <PeopleAdd projects={projects} onClose={close} />
    ) : (
      selected && <PeopleDetail key={selected.id} person={selected} people={people} projects={projects} onClose={close} />
    );
  const sum = summarisePeople(people);
  return (
    <ListShell
      title={p("people.list")}
      icon={<IconUsers size={16} stroke={1.7} aria-hidden="true" />}
      says={
        <>
          {admin && data !== undefined && <b>{p("people.sum", { n: sum.people, admins: sum.admins })}</b>} {sum.waiting > 0 && p("people.sum.waiting", { n: sum.waiting })}
          {!admin && p("people.notAdmin")}
        </>
      }
      add={admin ? { text: p("people.new"), onClick: () => select("new") } : undefined}
      panel={panel}
    >
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {admin && data === undefined && error === null && <Loading />}
      {people.length > 0 && <PeopleTable people={people} selected={sel} onSelect={select} />}
      <PeopleOwn name={me?.user.name ?? ""} />
    </ListShell>
  );
}
