import { useState } from "react";
import type { Cell, TableAnswer } from "../../../api/table";
import { count } from "../../../model/format";
import { additive, figure, keyText, type Shape } from "../../../model/pipeTable";
import { EventsLink } from "../../../components/EventsLink";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";

const step = 100;

interface Props {
  readonly answer: TableAnswer;
  readonly shape: Shape;
  readonly rows: TableAnswer["rows"];
  readonly row: number;
  readonly eventsOf: (row: readonly Cell[]) => string | undefined;
}

/** The rows as bars, from the greatest on; events without the field are grey and in no ranking. */
export function TopList({ answer, shape, rows, row, eventsOf }: Props) {
  const t = usePipeTexts();
  const [most, setMost] = useState(step);
  const column = shape.values[0] ?? 0;
  const name = answer.columns[column]?.name ?? "";
  const fields = shape.keys.map((i) => answer.columns[i]?.name ?? "").join(" · ");
  const figures = rows.map((cells) => (typeof cells[column] === "number" ? cells[column] : 0));
  const sum = additive(name) ? figures.reduce((all, n) => all + n, 0) : 0;
  const limit = Math.max(most, row + 1);
  // The group without the field stands somewhere among the others, and has no rank.
  const without = rows.findIndex((cells) => shape.keys.every((i) => (cells[i] ?? null) === null));
  // It is often most of all, and would leave the others no length.
  const highest = Math.max(0, ...figures.filter((_, r) => r !== without));
  return (
    <>
      <ol className={styles.top} aria-label={`${fields}, ${name}`}>
        {rows.slice(0, limit).map((cells, r) => {
          const keys = shape.keys.map((i) => cells[i] ?? null);
          const none = r === without;
          const value = figures[r] ?? 0;
          return (
            // oxlint-disable-next-line react/no-array-index-key -- rows have no name of their own; they change only all together
            <li key={r} data-row={r === row}>
              <span>{none ? "" : r + (without >= 0 && r > without ? 0 : 1)}</span>
              <EventsLink to={eventsOf(cells)}>
                <span data-none={none || undefined} title={keyText(keys, t("series.without", { field: fields }))}>
                  {keyText(keys, t("series.without", { field: fields }))}
                </span>
              </EventsLink>
              <i data-none={none || undefined} style={{ width: `${highest === 0 ? 0 : Math.min(1, value / highest) * 100}%` }} aria-hidden="true" />
              <b>{figure(name, cells[column])}</b>
              <small>{sum > 0 && `${((value / sum) * 100).toFixed(1)} %`}</small>
            </li>
          );
        })}
      </ol>
      {rows.length > limit && (
        <button type="button" className={styles.more} onClick={() => setMost(limit + 1000)}>
          {t("more", { n: count(Math.min(1000, rows.length - limit)) })}
        </button>
      )}
    </>
  );
}
