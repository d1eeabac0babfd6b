import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { cellNames } from "../../model/cells";
import { adviceFor } from "../../model/advice";
import { agoColumn, gapColumn } from "../../model/columns";
import { date, eventTime, fullTime } from "../../model/format";
import { relativeTime } from "../../model/relativeTime";
import type { Rows } from "../../model/rows";
import type { Column } from "../../model/search";
import { threadAt, threadOf } from "../../model/thread";
import { LogCard, LogRow } from "./LogRow";
import styles from "./LogTable.module.css";
import { type ColumnActions, TableHead } from "./TableHead";

export interface TableHandle {
  focus(): void;
  scrollTo(index: number): void;
  toTop(): void;
  /** How many rows fit. */
  page(): number;
}

interface Props extends Omit<ColumnActions, "onMove"> {
  readonly onMoveColumn: ColumnActions["onMove"];
  readonly rows: Rows;
  readonly cursor: string;
  readonly cell: string;
  readonly columns: readonly Column[];
  readonly zone: string;
  readonly hits: RegExp | undefined;
  readonly wrap: boolean;
  readonly roomy: boolean;
  readonly cards: boolean;
  readonly old: boolean;
  /** The range spans days: the date of the rows is said. */
  readonly dated: boolean;
  /** More rows of a trace may follow below the loaded ones. */
  readonly more: boolean;
  readonly end: ReactNode;
  readonly pill: ReactNode;
  readonly onCursor: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly onCell: (cell: string) => void;
  readonly onMove: (by: number) => void;
  readonly onNearEnd: () => void;
  readonly onAtTop: (atTop: boolean) => void;
  readonly ref: Ref<TableHandle>;
}

/** The events as one virtual grid: rows of 22 or 28 px, lines wrapped on demand, cards on a phone. */
export function LogTable(props: Props) {
  const { rows, cursor, cell, columns, zone, hits, wrap, roomy, cards, old, dated, more, onCursor, onOpen, onCell, onMove, onNearEnd, onAtTop } = props;
  const t = useT();
  const version = useSyncExternalStore(rows.subscribe, rows.version);
  const scroll = useRef<HTMLDivElement>(null);
  const measured = wrap || cards;
  const height = cards ? 62 : roomy ? 28 : 22;
  // TanStack Virtual gives functions that must not be memoised; we do not hand them to memoised children.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (index) => rows.at(index)?.id ?? index,
    scrollPaddingStart: cards ? 0 : 24,
  });
  useEffect(() => virtual.measure(), [virtual, height, measured]);

  const selected = rows.indexOf(cursor);
  // A link to an event shows its row, once it is in the list.
  const sought = useRef(cursor);
  useEffect(() => {
    if (selected < 0 || sought.current !== cursor || sought.current === "") return;
    sought.current = "";
    virtual.scrollToIndex(selected, { align: "center" });
  }, [virtual, selected, cursor]);

  // One pass for each selection and each change of the list.
  const thread = useMemo(() => (version < 0 ? undefined : threadOf(rows.all(), selected)), [rows, version, selected]);
  const names = useMemo(() => columns.map(({ field }) => field), [columns]);
  const ago = names.includes(agoColumn);
  const now = useNow(10_000, ago);
  const gaps = names.includes(gapColumn);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= 0 && last >= rows.length - 30) onNearEnd();
  }, [last, rows.length, onNearEnd]);

  useImperativeHandle(props.ref, () => ({
    focus: () => scroll.current?.focus({ preventScroll: true }),
    scrollTo: (index) => virtual.scrollToIndex(index, { align: "auto" }),
    toTop: () => scroll.current?.scrollTo({ top: 0 }),
    page: () => Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / height) - 2),
  }));

  const [grid, least] = template(columns);
  const page = () => Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / height) - 2);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== e.currentTarget || e.altKey || e.ctrlKey || e.metaKey) return;
    const cells = cellNames(names);
    const at = cells.indexOf(cell);
    const side = e.key === "ArrowLeft" || (e.key === "Tab" && e.shiftKey) ? -1 : e.key === "ArrowRight" || e.key === "Tab" ? 1 : 0;
    const next = cells[at + side];
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page(), PageUp: -page(), Home: -rows.length, End: rows.length };
    const by = moves[e.key];
    if (side !== 0 && next !== undefined && selected >= 0) onCell(next);
    else if (by !== undefined) onMove(by);
    else return;
    e.preventDefault();
  };
  const onClick = (e: MouseEvent) => {
    const target = e.target instanceof Element ? e.target : undefined;
    const row = target?.closest<HTMLElement>("[data-index]");
    const id = rows.at(Number(row?.dataset["index"] ?? Number.NaN))?.id;
    if (id === undefined) return;
    const clicked = target?.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    if (clicked !== undefined) onCell(clicked);
    // Who marks text to copy it does not want the row opened.
    if (window.getSelection()?.type === "Range") onCursor(id);
    else onOpen(id);
  };

  const first = items.find((item) => item.end > (scroll.current?.scrollTop ?? 0));
  const firstTime = first === undefined ? undefined : eventTime(rows.at(first.index)?.time ?? "");
  return (
    <div className={`${styles.wrap ?? ""} ${wrap ? (styles.wrapped ?? "") : ""} ${roomy ? (styles.roomy ?? "") : ""} ${old ? (styles.old ?? "") : ""}`}>
      <div
        ref={scroll}
        className={styles.scroll}
        role="grid"
        tabIndex={0}
        aria-label={t("table.label")}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={selected >= 0 && items.some(({ index }) => index === selected) ? "row-selected" : undefined}
        style={{ "--grid": grid, "--least": cards ? "0" : `${least}px`, "--row": `${height}px` } as React.CSSProperties}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onPointerOver={(e) => {
          // Said when it is asked for: a relative time in each row would be wrong a second later.
          const target = e.target instanceof Element ? e.target : null;
          const code = target?.closest<HTMLElement>("[data-code]");
          const advice = adviceFor(code?.textContent ?? "");
          if (code != null && advice !== undefined) code.title = t(advice);
          const cell = target?.closest<HTMLElement>("[data-cell=time]") ?? null;
          const time = eventTime(rows.at(Number(cell?.parentElement?.dataset["index"] ?? Number.NaN))?.time ?? "");
          if (cell !== null && time !== undefined) cell.title = `${fullTime(time, zone)} ${zone}\n${relativeTime(time.ms, Date.now(), t.tag)}`;
        }}
        onScroll={(e) => onAtTop(e.currentTarget.scrollTop < height)}
      >
        {!cards && <TableHead columns={columns} onWidth={props.onWidth} onMove={props.onMoveColumn} onDrop={props.onDrop} />}
        {dated && firstTime !== undefined && (
          <div className={styles.day} role="presentation">
            <span>{date(firstTime.ms, zone)}</span>
          </div>
        )}
        <div className={styles.body} role="rowgroup" style={{ height: virtual.getTotalSize() + 40 }}>
          {items.map(({ index, start, key }) => {
            const event = rows.at(index);
            if (event === undefined) return null;
            const at = threadAt(thread, index);
            const isSelected = index === selected;
            const Row = cards ? LogCard : LogRow;
            return (
              <Row
                key={key}
                event={event}
                index={index}
                id={isSelected ? "row-selected" : `row-${index}`}
                top={start}
                selected={isSelected}
                cell={isSelected ? cell : undefined}
                zone={zone}
                hits={hits}
                columns={names}
                newDay={dated && index > 0 && day(rows, index, zone) !== day(rows, index - 1, zone)}
                thread={at === undefined ? "" : `${at.knot ? "knot" : "line"}${at.up ? " up" : ""}${at.down ? " down" : ""}`}
                threadOpen={more && thread !== undefined && index === thread.last}
                now={ago ? now : 0}
                before={gaps ? (eventTime(rows.at(index + 1)?.time ?? "")?.ms ?? Number.NaN) : Number.NaN}
                measure={measured ? virtual.measureElement : undefined}
              />
            );
          })}
          <div className={styles.end} role="presentation" style={{ top: virtual.getTotalSize() }}>
            {props.end}
          </div>
        </div>
      </div>
      {props.pill}
    </div>
  );
}

function day(rows: Rows, index: number, zone: string): string {
  const time = eventTime(rows.at(index)?.time ?? "");
  return time === undefined ? "" : date(time.ms, zone);
}

/** The columns' tracks, and the width below which the table scrolls sideways. */
export function template(columns: readonly Column[]): readonly [string, number] {
  const own = columns.map(({ width }) => `${width}px`).join(" ");
  return [`22px 94px 46px 104px minmax(160px, 1fr) ${own} 70px`, 22 + 94 + 46 + 104 + 160 + 70 + columns.reduce((sum, { width }) => sum + width, 0)];
}

/** Rows that are still being read, as grey bars at the places of the real ones. */
export function SkeletonRows() {
  const [grid] = template([]);
  const [widths] = useState(["62%", "48%", "70%", "55%", "64%", "40%", "58%", "66%"]);
  return (
    <div className={styles.wrap} aria-hidden="true" style={{ "--grid": grid } as React.CSSProperties}>
      {widths.map((width) => (
        <div key={width} className={styles.skeleton}>
          <span />
          <i />
          <i />
          <i />
          <i style={{ width }} />
          <i />
        </div>
      ))}
    </div>
  );
}
