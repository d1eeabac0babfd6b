import { useState } from "react";
import type { Cell, TableAnswer } from "../../../api/table";
import { Level } from "../../../components/Level";
import { type Level as LevelName, levels } from "../../../api/types";
import { count, eventTime, fullTime } from "../../../model/format";
import { figure, nextSort, readSort, type Shape } from "../../../model/pipeTable";
import { EventsLink } from "../../../components/EventsLink";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";

const step = 200;

interface Props {
  readonly answer: TableAnswer;
  readonly shape: Shape;
  readonly rows: TableAnswer["rows"];
  readonly zone: string;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly row: number;
  readonly eventsOf: (row: readonly Cell[]) => string | undefined;
}

/** The table as it is, sorted by any column; each row leads to its events. */
export function ResultTable({ answer, shape, rows, zone, sort, onSort, row, eventsOf }: Props) {
  const t = usePipeTexts();
  const [most, setMost] = useState(step);
  const { columns } = answer;
  const by = readSort(sort, columns);
  const limit = Math.max(most, row + 1);
  return (
    <>
      <table className={styles.table} aria-label={t("table")}>
        <thead>
          <tr>
            {columns.map(({ name, type }, i) => (
              <th key={`${i} ${name}`} scope="col" className={type === "number" ? "num" : undefined} {...(by?.column === i ? { "aria-sort": by.descending ? ("descending" as const) : ("ascending" as const) } : {})}>
                <button type="button" title={t("sort", { name })} onClick={() => onSort(nextSort(by, i, columns))}>
                  {name}
                  {by?.column === i && (by.descending ? " ↓" : " ↑")}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((cells, r) => {
            const to = eventsOf(cells);
            return (
              // Rows have no name of their own; they change only all together.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={r} data-row={r === row}>
                {columns.map(({ name, type }, i) => (
                  <td key={`${i} ${name}`} className={type === "number" ? "num" : undefined}>
                    <EventsLink to={to}>{<Value cell={cells[i] ?? null} name={name} type={type} zone={zone} isKey={shape.keys.includes(i)} />}</EventsLink>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > limit && (
        <button type="button" className={styles.more} onClick={() => setMost(limit + 1000)}>
          {t("more", { n: count(Math.min(1000, rows.length - limit)) })}
        </button>
      )}
    </>
  );
}

function Value({ cell, name, type, zone, isKey }: { cell: Cell; name: string; type: string; zone: string; isKey: boolean }) {
  const t = usePipeTexts();
  if (cell === null) return isKey ? <span className={styles.muted}>{t("series.without", { field: name })}</span> : "";
  if (type === "level" && (levels as readonly string[]).includes(String(cell))) return <Level level={cell as LevelName} />;
  if (type === "time") {
    const time = eventTime(String(cell));
    return time === undefined ? String(cell) : fullTime(time, zone).replace(/\.000$/, "");
  }
  return type === "number" && !isKey ? figure(name, cell) : String(cell);
}
