import { cells, type Day, type Delivery, type DeliveryState, toneOf } from "../../model/delivery";
import { count } from "../../model/format";
import styles from "./Delivery.module.css";
import { type DeliveryTexts, useDeliveryTexts } from "./deliveryTexts";
import type { UpdateDelivery } from "./useDeliveryState";

const tones = ["whole", "open", "some", "many", "none"] as const;

/** Each app and SDK version with a cell a day; a row chooses its streams, a cell those of its day. */
export function Senders({ delivery, state, update }: { delivery: Delivery; state: DeliveryState; update: UpdateDelivery }) {
  const t = useDeliveryTexts();
  const { senders, days, others } = delivery;
  const chosen = (app: string, sdk: string) => state.sender?.app === app && state.sender.sdk === sdk;
  return (
    <section aria-labelledby="delivery-senders">
      <h2 className={styles.sec} id="delivery-senders">
        {t("senders")} <small>{t("senders.sub")}</small>
        <span className={styles.legend} aria-hidden="true">
          {tones.map((tone) => (
            <span key={tone}>
              <i data-tone={tone} /> {t(`legend.${tone}`)}
            </span>
          ))}
        </span>
      </h2>
      {/* Reachable by the keyboard, because it may scroll. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} tabIndex={0} role="group" aria-labelledby="delivery-senders">
        <table className={styles.table} data-senders="true">
          <thead>
            <tr>
              <th scope="col">{t("col.app")}</th>
              <th scope="col">{t("col.sdk")}</th>
              <th scope="col" className={styles.days}>
                <span>{days[0]?.day.slice(5)}</span>
                <span className="sr-only">{t("col.days")}</span>
                <span>{days.at(-1)?.day.slice(5)}</span>
              </th>
              <th scope="col" className="num">{t("col.share")}</th>
              <th scope="col" className="num">{t("col.stored")}</th>
              <th scope="col" className="num">{t("col.missing")}</th>
              <th scope="col" className="num">{t("col.omitted")}</th>
              <th scope="col" className="num">{t("col.streams")}</th>
            </tr>
          </thead>
          <tbody>
            {senders.map((sender) => (
              <tr key={`${sender.app}~${sender.sdk}`} data-row={chosen(sender.app, sender.sdk) || undefined}>
                <th scope="row">
                  <button type="button" aria-pressed={chosen(sender.app, sender.sdk)} onClick={() => update({ sender: chosen(sender.app, sender.sdk) ? undefined : { app: sender.app, sdk: sender.sdk }, sel: "" })}>
                    {sender.app || t("app.none")}
                  </button>
                </th>
                <td className="mono">{sender.sdk}</td>
                <td className={styles.days}>
                  <span className="sr-only">{daysText(t, sender.days)}</span>
                  <span className={styles.cells} aria-hidden="true">
                    {cells(sender.days, days).map((day, i) => (
                      <Cell key={days[i]?.day} day={day} on={state.day !== "" && day?.day === state.day && chosen(sender.app, sender.sdk)} onClick={(at) => update({ sender: { app: sender.app, sdk: sender.sdk }, day: at, show: "all", sel: "" })} />
                    ))}
                  </span>
                </td>
                <td className="num mono" data-name={t("col.share")} data-strong="true">{sender.share}</td>
                <td className="num mono" data-name={t("col.stored")}>{t("of", { stored: count(sender.stored), logged: count(sender.logged) })}</td>
                <td className="num mono" data-name={t("col.missing")} data-bad={sender.missing > 0 || undefined} data-good={(sender.missing === 0 && sender.logged > 0) || undefined}>{count(sender.missing)}</td>
                <td className="num mono" data-name={t("col.omitted")} data-zero={sender.omitted === 0 || undefined}>{count(sender.omitted)}</td>
                <td className="num mono" data-name={t("col.streams")}>{count(sender.streams)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {others !== null && <p className={styles.note}>{t("senders.others", { n: others.streams })}</p>}
    </section>
  );
}

/** A mouse opens a day here; the keyboard chooses days in the list's own field. */
function Cell({ day, on, onClick }: { day: Day | undefined; on: boolean; onClick: (day: string) => void }) {
  const t = useDeliveryTexts();
  const tone = toneOf(day);
  if (day === undefined) return <i data-tone="none" />;
  const text = day.logged === 0 ? t("cell.open", { day: day.day, n: day.open, stored: count(day.stored), logged: count(day.logged) }) : t("cell", { day: day.day, share: day.share, stored: count(day.stored), logged: count(day.logged), missing: count(day.missing) });
  return <button type="button" tabIndex={-1} data-tone={tone} data-on={on || undefined} title={text} aria-label={text} onClick={() => onClick(day.day)} />;
}

function daysText(t: DeliveryTexts, days: readonly Day[]): string {
  const bad = days.filter((day) => day.missing > 0);
  if (bad.length === 0) return t("cell.good");
  return t("cell.days", { n: bad.length, days: bad.slice(0, 10).map(({ day, missing }) => `${day} (${count(missing)})`).join(", ") });
}
