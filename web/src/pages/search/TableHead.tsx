import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useT } from "../../i18n";
import { type Column, columnWidth } from "../../model/search";
import styles from "./LogTable.module.css";

interface Props {
  readonly columns: readonly Column[];
  /** Widths while an edge is dragged, and when it is let go. */
  readonly onColumns: (columns: readonly Column[], done: boolean) => void;
}

/** The head of the table. The user's columns can be dropped, and made wider by their edge or by arrow keys on it. */
export function TableHead({ columns, onColumns }: Props) {
  const t = useT();
  return (
    <div className={styles.head} role="row" aria-rowindex={1}>
      <div role="columnheader">
        <span className="sr-only">{t("group.trace")}</span>
      </div>
      <div role="columnheader" aria-sort="descending">
        {t("table.time")} ↓
      </div>
      <div role="columnheader">{t("table.level")}</div>
      <div role="columnheader">{t("table.service")}</div>
      <div role="columnheader">{t("table.message")}</div>
      {columns.map((column) => (
        <OwnHead key={column.field} column={column} onChange={(width, done) => onColumns(columns.map((c) => (c.field === column.field ? { ...c, width } : c)), done)} onDrop={() => onColumns(columns.filter((c) => c.field !== column.field), true)} />
      ))}
      <div role="columnheader" className={styles.cost}>
        {t("table.timeCost")}
      </div>
    </div>
  );
}

function OwnHead({ column, onChange, onDrop }: { column: Column; onChange: (width: number, done: boolean) => void; onDrop: () => void }) {
  const t = useT();
  const start = useRef<{ readonly x: number; readonly width: number }>(undefined);
  const [width, setWidth] = useState<number>();
  const drag = (e: PointerEvent, done: boolean) => {
    if (start.current === undefined) return;
    const next = columnWidth(start.current.width + e.clientX - start.current.x);
    setWidth(done ? undefined : next);
    if (done) start.current = undefined;
    onChange(next, done);
  };
  const keys = (e: KeyboardEvent) => {
    const by = e.key === "ArrowLeft" ? -10 : e.key === "ArrowRight" ? 10 : 0;
    if (by === 0) return;
    e.preventDefault();
    e.stopPropagation();
    onChange(columnWidth(column.width + by), true);
  };
  return (
    <div role="columnheader" title={column.field}>
      <span className="mono">{column.field}</span>
      <button type="button" className={styles.drop} aria-label={t("result.removeColumn", { field: column.field })} onClick={onDrop}>
        <IconX size={12} stroke={1.7} />
      </button>
      <span
        className={styles.grip}
        role="separator"
        aria-orientation="vertical"
        aria-label={column.field}
        aria-valuenow={width ?? column.width}
        tabIndex={0}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          start.current = { x: e.clientX, width: column.width };
        }}
        onPointerMove={(e) => drag(e, false)}
        onPointerUp={(e) => drag(e, true)}
        onKeyDown={keys}
      />
    </div>
  );
}
