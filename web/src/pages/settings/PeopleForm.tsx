import { Field } from "../../components/Field";
import { type May, type Role, roles } from "../../model/people";
import { usePeopleTexts } from "./peopleTexts";
import styles from "./Settings.module.css";

interface Props {
  readonly may: May;
  readonly projects: readonly string[];
  readonly fault: "account" | "projects" | undefined;
  /** An admin who must stay one. */
  readonly fixed?: boolean;
  readonly onChange: (may: May) => void;
}

/** Role, account and projects: together they say what somebody may. */
export function PeopleForm({ may, projects, fault, fixed = false, onChange }: Props) {
  const p = usePeopleTexts();
  const toggle = (name: string, on: boolean) => onChange({ ...may, projects: on ? [...may.projects, name] : may.projects.filter((other) => other !== name) });
  // A project that is not in the list any more is still theirs until it is taken away.
  const all = [...new Set([...projects, ...may.projects])];
  return (
    <>
      <fieldset className={styles.types}>
        <legend>{p("form.role")}</legend>
        {roles.map((role: Role) => (
          // Its text is two spans below.
          // oxlint-disable-next-line jsx-a11y/label-has-associated-control
          <label key={role} data-on={role === may.role || undefined}>
            <input type="radio" name="role" value={role} checked={role === may.role} disabled={fixed && role !== may.role} onChange={() => onChange({ ...may, role })} />
            <span />
            <span>
              <b>{p(`role.${role}`)}</b>
              <small>{p(`role.${role}.text`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {fixed && <p className="text2">{p("remove.last")}</p>}
      {may.role === "support" && (
        <Field
          label={p("form.account")} name="account" autoComplete="off" value={may.account} onChange={(event) => onChange({ ...may, account: event.target.value })}
          {...(fault === "account" ? { error: p("form.missing.account") } : {})}
        />
      )}
      {may.role !== "admin" && (
        <fieldset className={styles.types}>
          <legend>{p("form.projects")}</legend>
          {all.map((name) => (
            <label key={name} data-on={may.projects.includes(name) || undefined}>
              <input type="checkbox" name="projects" value={name} checked={may.projects.includes(name)} onChange={(event) => toggle(name, event.target.checked)} />
              <span />
              <b>{name}</b>
            </label>
          ))}
          {fault === "projects" && (
            <p className={styles.problem} role="alert">
              {p("form.missing.projects")}
            </p>
          )}
        </fieldset>
      )}
    </>
  );
}
