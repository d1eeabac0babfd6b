import IconGripVertical from "@tabler/icons-react/dist/esm/icons/IconGripVertical.mjs";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useT } from "../../i18n";
import { agoColumn, dropPlace, fieldsOf, gapColumn } from "../../model/columns";
import { count } from "../../model/format";
import type { Rows } from "../../model/rows";
import type { Column } from "../../model/search";
import { safeText } from "../../model/untrusted";
import { useViewTexts } from "./ViewPanel";
import styles from "./ViewPanel.module.css";

interface Props {
  readonly columns: readonly Column[];
  readonly rows: Rows;
  readonly onToggle: (field: string) => void;
  readonly onMove: (field: string, to: number) => void;
}

const mostListed = 60;

/** The user's columns in their order, and the fields that could be some. */
export function ColumnChoice({ columns, rows, onToggle, onMove }: Props) {
  const v = useViewTexts();
  const t = useT();
  const list = useRef<HTMLUListElement>(null);
  const version = useSyncExternalStore(rows.subscribe, rows.version);
  const fields = useMemo(() => (version < 0 ? [] : fieldsOf(rows.all())), [rows, version]);
  const [find, setFind] = useState("");
  const [drag, setDrag] = useState<string>();
  const wanted = find.trim();
  const matching = fields.filter(({ field }) => !columns.some((column) => column.field === field) && field.toLowerCase().includes(wanted.toLowerCase()));
  const unknown = wanted !== "" && !fields.some(({ field }) => field === wanted) && !columns.some(({ field }) => field === wanted);
  const name = (field: string) => (field === agoColumn ? t("table.ago") : field === gapColumn ? t("table.gap") : safeText(field, 80));

  const moved = useRef("");
  useEffect(() => {
    if (moved.current === "") return;
    list.current?.querySelector<HTMLElement>(`[data-column="${CSS.escape(moved.current)}"]`)?.focus();
    moved.current = "";
  });
  const move = (field: string, to: number) => {
    moved.current = field;
    onMove(field, to);
  };
  const keys = (e: KeyboardEvent, field: string, index: number) => {
    const by = e.key === "ArrowUp" ? -1 : e.key === "ArrowDown" ? 1 : 0;
    if (by !== 0) move(field, index + by);
    else if (e.key === "Delete" || e.key === "Backspace") onToggle(field);
    else return;
    e.preventDefault();
  };

  return (
    <section className={styles.choice}>
      <h3>{v("columns")}</h3>
      {columns.length === 0 ? <p>{v("noColumns")}</p> : columns.length > 1 && <p>{v("order")}</p>}
      <ul ref={list} className={styles.own}>
        {columns.map(({ field }, index) => (
          <li key={field} data-dragged={drag === field}>
            <button
              type="button"
              className={styles.handle}
              data-column={field}
              aria-label={v("move", { field: name(field) })}
              onKeyDown={(e) => keys(e, field, index)}
              onPointerDown={(e) => {
                e.currentTarget.setPointerCapture(e.pointerId);
                setDrag(field);
              }}
              onPointerUp={(e) => {
                setDrag(undefined);
                const middles = [...(list.current?.children ?? [])].map((item) => item.getBoundingClientRect().top + item.clientHeight / 2);
                const to = dropPlace(middles, index, e.clientY);
                if (to !== index) move(field, to);
              }}
              onPointerCancel={() => setDrag(undefined)}
            >
              <IconGripVertical size={14} stroke={1.7} />
              <span className="mono">{name(field)}</span>
            </button>
            <button type="button" className={styles.drop} aria-label={v("drop", { field: name(field) })} onClick={() => onToggle(field)}>
              <IconX size={13} stroke={1.7} />
            </button>
          </li>
        ))}
      </ul>
      <input
        className={styles.find}
        value={find}
        onChange={(e) => setFind(e.target.value)}
        onKeyDown={(e) => {
          const first = matching[0]?.field ?? (unknown ? wanted : undefined);
          if (e.key !== "Enter" || first === undefined || wanted === "") return;
          onToggle(first);
          setFind("");
        }}
        placeholder={v("find")}
        aria-label={v("find")}
        spellCheck={false}
        data-autofocus
      />
      <ul className={styles.fields} aria-label={v("fields")}>
        {matching.slice(0, mostListed).map(({ field, events }) => (
          <li key={field}>
            <button type="button" title={v("add", { field: name(field) })} onClick={() => onToggle(field)}>
              <IconPlus size={12} stroke={1.7} />
              <span className="mono">{name(field)}</span>
              <i>{v("inEvents", { n: count(events) })}</i>
            </button>
          </li>
        ))}
        {unknown && (
          <li>
            <button type="button" onClick={() => onToggle(wanted)}>
              <IconPlus size={12} stroke={1.7} />
              {v("addAny", { field: name(wanted) })}
            </button>
          </li>
        )}
      </ul>
      {matching.length === 0 && !unknown && wanted !== "" && <p>{v("noField")}</p>}
    </section>
  );
}
