import { useNow } from "../../hooks/useNow";
import type { Person } from "../../model/people";
import { agoOrDate } from "../../model/waiting";
import { type PeopleTexts, usePeopleTexts } from "./peopleTexts";
import styles from "./Settings.module.css";

interface Props {
  readonly people: readonly Person[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
}

/** One row a person. The name is the button that opens it; on a phone each row is a card. */
export function PeopleTable({ people, selected, onSelect }: Props) {
  const p = usePeopleTexts();
  const now = new Date(useNow(30_000));
  return (
    <table className={styles.table} aria-label={p("people.list")}>
      <thead>
        <tr>
          <th scope="col">{p("people.col.name")}</th>
          <th scope="col">{p("people.col.role")}</th>
          <th scope="col">{p("people.col.projects")}</th>
          <th scope="col">{p("people.col.seen")}</th>
          <th scope="col">{p("people.col.sessions")}</th>
          <th scope="col">{p("people.col.state")}</th>
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          // The button in it does the same for the keyboard.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
          <tr key={person.id} data-on={person.id === selected || undefined} onClick={() => onSelect(person.id)}>
            <td>
              <button type="button" className={styles.name} aria-pressed={person.id === selected}>
                <b>{person.name}</b> {person.you && <span className="text2">({p("people.you")})</span>}
              </button>
            </td>
            <td>
              {p(`role.${person.role}`)} {person.account !== "" && <code>{person.account}</code>}
            </td>
            <td>{person.role === "admin" ? p("people.all") : person.projects.join(", ") || p("people.none")}</td>
            <td>{person.lastSeen === null ? p("people.never") : agoOrDate(person.lastSeen, now, p.tag)}</td>
            <td>{person.sessions}</td>
            <td data-warn={(person.waiting && person.linkUntil === null) || undefined}>{stateOf(person, p)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whether somebody can log in, and what they wait for. */
function stateOf(person: Person, p: PeopleTexts): string {
  const until = person.linkUntil === null ? "" : new Date(person.linkUntil).toLocaleString(p.tag, { dateStyle: "medium", timeStyle: "short" });
  if (person.waiting) return until === "" ? p("people.state.expired") : p("people.state.waiting", { time: until });
  return until === "" ? p("people.state.fine") : p("people.state.reset", { time: until });
}
