import { useT } from "../../i18n";
import { count } from "../../model/format";
import { type RuleRecord, sample } from "../../model/redaction";
import styles from "./Redaction.module.css";
import { findsOf, nameOf, useSay } from "./useRedactionText";

interface Props {
  readonly rules: readonly RuleRecord[];
  readonly selected: string;
  readonly project: string;
  readonly onSelect: (id: string) => void;
}

/** One row a rule, in order. The switch opens the rule where it says what it concerns, and is switched there. */
export function RedactionTable({ rules, selected, project, onSelect }: Props) {
  const s = useSay();
  return (
    <table className={styles.table} aria-label={s("list", { project })}>
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">{s("col.on")}</span>
          </th>
          <th scope="col">{s("col.rule")}</th>
          <th scope="col">{s("col.where")}</th>
          <th scope="col">{s("col.finds")}</th>
          <th scope="col">{s("col.leaves")}</th>
          <th scope="col" className="num">
            {s("col.hits")}
          </th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <Row key={rule.id} rule={rule} on={rule.id === selected} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  );
}

/** Goes to the button that switches the rule, once the panel with it is there. */
export function focusSwitch(): void {
  requestAnimationFrame(() => document.getElementById("rule-switch")?.focus());
}

function Row({ rule, on, onSelect }: { rule: RuleRecord; on: boolean; onSelect: (id: string) => void }) {
  const t = useT();
  const s = useSay();
  const where = rule.where ?? [];
  const toSwitch = () => {
    onSelect(rule.id);
    focusSwitch();
  };
  return (
    // The button in it does the same for the keyboard.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr data-on={on || undefined} onClick={() => onSelect(rule.id)}>
      <td>
        <button
          type="button"
          role="switch"
          aria-checked={rule.on}
          className={styles.switch}
          onClick={(event) => {
            event.stopPropagation();
            toSwitch();
          }}
        >
          {s(rule.on ? "on" : "off", { name: nameOf(s, rule) })}
        </button>
      </td>
      <td>
        <button
          type="button"
          id={`rule-${rule.id}`}
          className={styles.name}
          aria-pressed={on}
          onKeyDown={(event) => {
            if (event.key !== " ") return;
            event.preventDefault();
            toSwitch();
          }}
        >
          {nameOf(s, rule)}
        </button>
      </td>
      <td data-any={where.length === 0 || undefined}>{where.length === 0 ? s("where.any") : where.join(t.language === "zh" ? "、" : ", ")}</td>
      <td>{findsOf(s, rule)}</td>
      <td>
        <code>{rule.leaves.kind === "remove" ? s("leaves.remove") : sample(rule.leaves)}</code>
      </td>
      <td className="num">{rule.on ? count(rule.hits) : s("row.off")}</td>
    </tr>
  );
}
