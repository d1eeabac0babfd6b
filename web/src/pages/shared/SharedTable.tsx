import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { sharedTable } from "../../api/shares";
import { Loading } from "../../components/Loading";
import { safeText } from "../../model/untrusted";
import styles from "./Shared.module.css";
import { SharedEnd } from "./SharedEnd";
import { useSharedTexts } from "./texts";

/** The table of a link whose query has pipes, or else what is given: whether it has, the server says. */
export function SharedTable({ token, piped, otherwise }: { token: string; piped: boolean; otherwise: ReactNode }) {
  const s = useSharedTexts();
  const { data, error, refetch } = useQuery({ queryKey: ["sharedTable", token], queryFn: ({ signal }) => sharedTable(token, signal), enabled: piped, retry: false });
  if (!piped || (error instanceof ApiError && error.status === 400)) return otherwise;
  if (error !== null) return <SharedEnd error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <>
      {data.partial && <p className={styles.note}>{s("partial", { reason: data.reason })}</p>}
      <table className={styles.table}>
        <thead>
          <tr>
            {data.columns.map(({ name }) => (
              <th key={name} scope="col">
                {safeText(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, i) => (
            // The rows of one table never change their order.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={i}>
              {row.map((cell, n) => (
                <td key={data.columns[n]?.name} data-number={data.columns[n]?.type === "number" || undefined}>
                  {cell === null ? "–" : safeText(String(cell))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
