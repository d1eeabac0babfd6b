import IconColumnInsertRight from "@tabler/icons-react/dist/esm/icons/IconColumnInsertRight.mjs";
import IconColumnRemove from "@tabler/icons-react/dist/esm/icons/IconColumnRemove.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import IconFilterCode from "@tabler/icons-react/dist/esm/icons/IconFilterCode.mjs";
import IconMinus from "@tabler/icons-react/dist/esm/icons/IconMinus.mjs";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { type ReactNode, useState } from "react";
import { Category } from "../../components/Category";
import { Level } from "../../components/Level";
import { useT } from "../../i18n";
import { type FieldLine, fieldGroups } from "../../model/eventFields";
import { bytes, eventTime, fullTime } from "../../model/format";
import type { JsonObject } from "../../model/json";
import { cut, dropAnsi, pieces } from "../../model/untrusted";
import styles from "./Drawer.module.css";
import { useDrawerTexts } from "./drawerTexts";

interface Props {
  readonly event: JsonObject;
  readonly zone: string;
  readonly columns: readonly string[];
  /** Says something after the value of a field. */
  readonly note: (name: string) => ReactNode;
  readonly onFilter: (field: string, value: string, negated: boolean) => void;
  readonly onColumn: (field: string) => void;
  readonly onCopyValue: (field: string, value: string) => void;
  readonly onCopyClause: (field: string, value: string) => void;
}

/** The fields of an event in their groups. A click on a value adds it to the query, Alt-click its opposite. */
export function FieldList({ event, zone, columns, note, ...acts }: Props) {
  const t = useT();
  return fieldGroups(event).map(({ group, lines }) => (
    <section key={group} className={styles.group}>
      <h2>{t(`group.${group}`)}</h2>
      <dl style={{ margin: 0 }}>
        {lines.map((line) => (
          <FieldRow key={`${line.name} ${line.text}`} line={line} zone={zone} column={columns.includes(line.name)} note={note(line.name)} {...acts} />
        ))}
      </dl>
    </section>
  ));
}

const times = new Set(["received", "clientTime", "startTime"]);
const ids = new Set(["account", "staff", "callId", "number", "session", "device", "user", "traceId"]);
const mostShown = 4000;

interface RowProps {
  readonly line: FieldLine;
  readonly zone: string;
  readonly column: boolean;
  readonly note: ReactNode;
  readonly onFilter: (field: string, value: string, negated: boolean) => void;
  readonly onColumn: (field: string) => void;
  readonly onCopyValue: (field: string, value: string) => void;
  readonly onCopyClause: (field: string, value: string) => void;
}

function FieldRow({ line, zone, column, note, onFilter, onColumn, onCopyValue, onCopyClause }: RowProps) {
  const t = useT();
  const d = useDrawerTexts();
  const [all, setAll] = useState(false);
  const shown = all ? line.text : cut(line.text, mostShown);
  const { name, text, filterable } = line;
  const only = t("drawer.filter", { field: name, value: cut(text, 80) });
  const not = t("drawer.exclude", { field: name, value: cut(text, 80) });
  const tool = (label: string, icon: ReactNode, act: () => void) => (
    <button type="button" aria-label={label} title={label} onClick={act}>
      {icon}
    </button>
  );
  return (
    <div className={styles.field}>
      <dt title={name}>{name}</dt>
      <dd>
        {filterable && !times.has(name) ? (
          <button type="button" title={only} className={ids.has(name) ? styles.id : name === "errorCode" ? styles.code : undefined} onClick={(e) => onFilter(name, text, e.altKey)}>
            <Value name={name} text={shown} zone={zone} />
          </button>
        ) : (
          <Value name={name} text={shown} zone={zone} />
        )}
        {shown.length < text.length && (
          <button type="button" className={styles.more} onClick={() => setAll(true)}>
            {t("drawer.showAll", { size: bytes(new Blob([text]).size) })}
          </button>
        )}
        {note !== null && note !== "" && <span className={styles.note}>{note}</span>}
        <span className={styles.tools}>
          {filterable && !times.has(name) && tool(only, <IconPlus size={11} stroke={1.7} />, () => onFilter(name, text, false))}
          {filterable && !times.has(name) && tool(not, <IconMinus size={11} stroke={1.7} />, () => onFilter(name, text, true))}
          {tool(t(column ? "drawer.dropColumn" : "drawer.addColumn", { field: name }), column ? <IconColumnRemove size={11} stroke={1.7} /> : <IconColumnInsertRight size={11} stroke={1.7} />, () => onColumn(name))}
          {tool(t("drawer.copyValue", { field: name }), <IconCopy size={11} stroke={1.7} />, () => onCopyValue(name, text))}
          {filterable && !times.has(name) && tool(d("copyClause", { field: name }), <IconFilterCode size={11} stroke={1.7} />, () => onCopyClause(name, text))}
        </span>
      </dd>
    </div>
  );
}

function Value({ name, text, zone }: { name: string; text: string; zone: string }) {
  if (name === "level") return <Level level={text} />;
  if (name === "category") return <Category category={text} />;
  if (times.has(name)) {
    const time = eventTime(text);
    return time === undefined ? text : fullTime(time, zone);
  }
  return <Plain text={text} />;
}

/** Text of several lines, with signs that must not act named in boxes; a terminal's codes are dropped, or shown too. */
export function Plain({ text, verbatim = false }: { text: string; verbatim?: boolean }) {
  return pieces(verbatim ? text : dropAnsi(text), true).map((piece, i) =>
    piece.sign === true ? (
      <kbd key={`${i}`} title={piece.text}>
        {piece.text}
      </kbd>
    ) : (
      piece.text
    ),
  );
}
