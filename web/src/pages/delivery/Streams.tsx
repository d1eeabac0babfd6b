import { FetchError } from "../../components/FetchError";
import { type Delivery, type DeliveryState, runText, shows, type Stream } from "../../model/delivery";
import { count } from "../../model/format";
import styles from "./Delivery.module.css";
import { reasonText, useDeliveryTexts } from "./deliveryTexts";
import type { UpdateDelivery } from "./useDeliveryState";

export const rowId = (stream: string) => `stream-${stream}`;

interface Props {
  readonly delivery: Delivery;
  readonly rows: readonly Stream[];
  readonly list: { readonly error: Error | null; readonly refetch: () => unknown; readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown; readonly isPending: boolean };
  readonly state: DeliveryState;
  readonly update: UpdateDelivery;
}

/** Streams with the exact numbers that are missing or were left out. */
export function Streams({ delivery, rows, list, state, update }: Props) {
  const t = useDeliveryTexts();
  return (
    <section aria-labelledby="delivery-streams">
      <h2 className={styles.sec} id="delivery-streams">
        {t("list")}
      </h2>
      <div className={styles.head}>
        <div className={styles.kinds} role="group" aria-label={t("show")}>
          {shows.map((show) => (
            <button key={show} type="button" aria-pressed={state.show === show} onClick={() => update({ show, sel: "" })}>
              {t(`show.${show}`)}
            </button>
          ))}
        </div>
        <label>
          <span className="sr-only">{t("filter.day")}</span>
          <select value={state.day} onChange={(e) => update({ day: e.target.value, sel: "" })}>
            <option value="">{t("filter.every")}</option>
            {delivery.days
              .filter(({ streams, day }) => streams > 0 || day === state.day)
              .toReversed()
              .map(({ day }) => (
                <option key={day}>{day}</option>
              ))}
          </select>
        </label>
        {state.sender !== undefined && (
          <button type="button" className={styles.button} onClick={() => update({ sender: undefined })}>
            <b>{state.sender.app || t("app.none")}</b> {state.sender.sdk} · {t("filter.clear")}
          </button>
        )}
      </div>
      <FetchError error={list.error} retry={list.refetch} className={styles.problem} />
      {!list.isPending && rows.length === 0 && list.error === null && <p className={styles.note}>{t(`none.${state.show}`)}</p>}
      {rows.length > 0 && (
        // Reachable by the keyboard, because it may scroll.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.scroll} tabIndex={0} role="group" aria-labelledby="delivery-streams">
          <table className={styles.table} data-streams="true">
            <thead>
              <tr>
                <th scope="col">{t("col.stream")}</th>
                <th scope="col">{t("col.app")}</th>
                <th scope="col">{t("col.sdk")}</th>
                <th scope="col">{t("col.day")}</th>
                <th scope="col">{t("col.state")}</th>
                <th scope="col" className="num">{t("col.missing")}</th>
                <th scope="col" className="num">{t("col.omitted")}</th>
                <th scope="col">{t("col.ranges")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.stream} data-row={row.stream === state.sel || undefined}>
                  <th scope="row">
                    <button id={rowId(row.stream)} type="button" className="mono" aria-pressed={row.stream === state.sel} onClick={() => update({ sel: row.stream === state.sel ? "" : row.stream })}>
                      {row.stream}
                    </button>
                  </th>
                  <td>{row.app || t("app.none")}</td>
                  <td className="mono">{row.sdk}</td>
                  <td className="mono">{row.day}</td>
                  <td>{t(`state.${row.state}`)}</td>
                  <td className="num mono" data-name={t("col.missing")} data-bad={(row.missing > 0 && row.state !== "open") || undefined} data-wait={(row.missing > 0 && row.state === "open") || undefined} data-zero={row.missing === 0 || undefined}>{count(row.missing)}</td>
                  <td className="num mono" data-name={t("col.omitted")} data-zero={row.omitted === 0 || undefined}>{count(row.omitted)}</td>
                  <td className={styles.runs}>
                    <Ranges row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.hasNextPage && (
        <button type="button" className={styles.more} disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more")}
        </button>
      )}
    </section>
  );
}

/** The first ranges in words: what is missing, then what was left out and why. */
function Ranges({ row }: { row: Stream }) {
  const t = useDeliveryTexts();
  const gaps = row.gaps.slice(0, 3);
  const left = row.left.slice(0, 2);
  const more = row.gaps.length - gaps.length + row.moreGaps + row.left.length - left.length + row.moreLeft;
  return (
    <>
      {gaps.map((run) => (
        <b key={run.from} data-fate={row.state === "open" ? "waiting" : "missing"}>
          {runText(run)}{" "}
        </b>
      ))}
      {left.map((run) => (
        <span key={run.from} data-fate="left">
          {runText(run)} <small>{reasonText(t, run.reason ?? "")}</small>{" "}
        </span>
      ))}
      {more > 0 && <small>{t("more.runs", { n: more })}</small>}
    </>
  );
}
