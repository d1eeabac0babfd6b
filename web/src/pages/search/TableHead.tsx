import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useT } from "../../i18n";
import { agoColumn, dropPlace, gapColumn } from "../../model/columns";
import { type Column, columnWidth } from "../../model/search";
import styles from "./LogTable.module.css";

export interface ColumnActions {
  /** While an edge is dragged, and when it is let go. */
  readonly onWidth: (field: string, width: number, done: boolean) => void;
  readonly onMove: (field: string, to: number) => void;
  readonly onDrop: (field: string) => void;
}

interface Props extends ColumnActions {
  readonly columns: readonly Column[];
}

/** The head of the table. The user's columns can be put in order, dropped and made wider, by mouse and by keys. */
export function TableHead({ columns, onWidth, onMove, onDrop }: Props) {
  const t = useT();
  const row = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly field: string; readonly to: number }>();
  // React may move the very head that has the focus, and so take it away.
  const moved = useRef("");
  useEffect(() => {
    if (moved.current === "") return;
    row.current?.querySelector<HTMLElement>(`[data-head="${CSS.escape(moved.current)}"]`)?.focus();
    moved.current = "";
  });
  const move = (field: string, to: number) => {
    moved.current = field;
    onMove(field, to);
  };
  const middles = () => [...(row.current?.querySelectorAll("[data-head]") ?? [])].map((head) => {
    const { left, width } = head.getBoundingClientRect();
    return left + width / 2;
  });

  return (
    <div ref={row} className={styles.head} role="row" aria-rowindex={1}>
      <div role="columnheader">
        <span className="sr-only">{t("group.trace")}</span>
      </div>
      <div role="columnheader" aria-sort="descending">
        {t("table.time")} ↓
      </div>
      <div role="columnheader">{t("table.level")}</div>
      <div role="columnheader">{t("table.service")}</div>
      <div role="columnheader">{t("table.message")}</div>
      {columns.map((column, index) => (
        <OwnHead
          key={column.field}
          column={column}
          mark={drag === undefined || drag.field === column.field || columns.filter(({ field }) => field !== drag.field)[drag.to]?.field !== column.field ? "" : "before"}
          dragged={drag?.field === column.field}
          onWidth={(width, done) => onWidth(column.field, width, done)}
          onDrop={() => onDrop(column.field)}
          onStep={(by) => move(column.field, index + by)}
          onDrag={(x, done) => {
            const to = dropPlace(middles(), index, x);
            setDrag(done ? undefined : { field: column.field, to });
            if (done && to !== index) move(column.field, to);
          }}
        />
      ))}
      <div role="columnheader" className={styles.cost}>
        {t("table.timeCost")}
      </div>
    </div>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly mark: "" | "before";
  readonly dragged: boolean;
  readonly onWidth: (width: number, done: boolean) => void;
  readonly onDrop: () => void;
  readonly onStep: (by: -1 | 1) => void;
  readonly onDrag: (x: number, done: boolean) => void;
}

/** From here on (px) a press is a drag. */
const slack = 6;

function OwnHead({ column, mark, dragged, onWidth, onDrop, onStep, onDrag }: HeadProps) {
  const t = useT();
  const start = useRef<{ readonly x: number; readonly width: number; far: boolean }>(undefined);
  const [width, setWidth] = useState<number>();
  const name = column.field === agoColumn ? t("table.ago") : column.field === gapColumn ? t("table.gap") : column.field;
  const press = (e: PointerEvent) => {
    e.currentTarget.setPointerCapture(e.pointerId);
    start.current = { x: e.clientX, width: column.width, far: false };
  };
  const dragEdge = (e: PointerEvent, done: boolean) => {
    if (start.current === undefined) return;
    const next = columnWidth(start.current.width + e.clientX - start.current.x);
    setWidth(done ? undefined : next);
    if (done) start.current = undefined;
    onWidth(next, done);
  };
  const dragHead = (e: PointerEvent, done: boolean) => {
    if (start.current === undefined) return;
    start.current.far ||= Math.abs(e.clientX - start.current.x) > slack;
    if (start.current.far) onDrag(e.clientX, done);
    if (done) start.current = undefined;
  };
  const side = (e: KeyboardEvent) => (e.key === "ArrowLeft" ? -1 : e.key === "ArrowRight" ? 1 : 0);
  const headKeys = (e: KeyboardEvent) => {
    const by = side(e);
    if (by !== 0) onStep(by);
    else if (e.key === "Delete" || e.key === "Backspace") onDrop();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const edgeKeys = (e: KeyboardEvent) => {
    const by = side(e);
    if (by === 0) return;
    e.preventDefault();
    e.stopPropagation();
    onWidth(columnWidth(column.width + by * 10), true);
  };
  return (
    <div role="columnheader" title={name} data-mark={mark} data-dragged={dragged}>
      <button
        type="button"
        className={`${styles.name ?? ""} mono`}
        data-head={column.field}
        aria-label={t("table.column", { field: name })}
        onPointerDown={press}
        onPointerMove={(e) => dragHead(e, false)}
        onPointerUp={(e) => dragHead(e, true)}
        onKeyDown={headKeys}
      >
        {name}
      </button>
      <button type="button" className={styles.drop} aria-label={t("result.removeColumn", { field: name })} onClick={onDrop}>
        <IconX size={12} stroke={1.7} />
      </button>
      <span
        className={styles.grip}
        role="separator"
        aria-orientation="vertical"
        aria-label={t("table.width", { field: name })}
        aria-valuenow={width ?? column.width}
        tabIndex={0}
        onPointerDown={press}
        onPointerMove={(e) => dragEdge(e, false)}
        onPointerUp={(e) => dragEdge(e, true)}
        onKeyDown={edgeKeys}
      />
    </div>
  );
}
