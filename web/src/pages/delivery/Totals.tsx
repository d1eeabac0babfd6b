import type { ReactNode } from "react";
import { type Delivery, lacking, proofOf } from "../../model/delivery";
import { count } from "../../model/format";
import styles from "./Delivery.module.css";
import { reasonText, useDeliveryTexts } from "./deliveryTexts";

const states = ["closed", "abrupt", "silent", "open"] as const;

/** The share with as many nines as the numbers carry, where the rest is, how streams ended, and why events were left out. */
export function Totals({ delivery: { total, reasons }, days }: { delivery: Delivery; days: number }) {
  const t = useDeliveryTexts();
  const proof = proofOf(total);
  return (
    <div className={styles.facts}>
      <section aria-label={t("share", { n: days })}>
        <h2>{t("share", { n: days })}</h2>
        <p className={styles.figure}>{total.share || t("share.none")}</p>
        {total.logged > 0 && (
          <p>
            {t("share.of", { stored: count(total.stored), logged: count(total.logged) })}
          </p>
        )}
        {proof !== "none" && <p className={styles.small}>{proof === "missed" ? t("proof.missed", { n: Math.floor(total.logged / 1_000_000) }) : t(`proof.${proof}`)}</p>}
      </section>
      <Figures title={t("rest")}>
        <Figure n={total.missing} tone={total.missing > 0 ? "err" : "ok"} text={t("rest.missing", { n: lacking(total) })} />
        <Figure n={total.omitted} text={t("rest.omitted")} />
        <Figure n={total.waiting} text={t("rest.waiting", { n: total.open })} />
        <Figure n={total.arrived} text={t("rest.arrived")} />
      </Figures>
      <Figures title={t("streams.ends")}>
        {states.map((state) => (
          <Figure key={state} n={total[state]} text={state === "abrupt" ? `${t("state.abrupt")}: ${t("abrupt.text")}` : t(`state.${state}`)} />
        ))}
      </Figures>
      <Figures title={t("reasons")} none={reasons.length === 0 ? t("reasons.none") : undefined}>
        {reasons.slice(0, 6).map(({ reason, events, streams }) => (
          <div key={reason}>
            <dt>{reasonText(t, reason)}</dt>
            <dd>{t("reason.events", { count: count(events), n: streams })}</dd>
          </div>
        ))}
      </Figures>
    </div>
  );
}

function Figures({ title, none, children }: { title: string; none?: string | undefined; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {none === undefined ? <dl>{children}</dl> : <p className={styles.small}>{none}</p>}
    </section>
  );
}

function Figure({ n, text, tone }: { n: number; text: string; tone?: "err" | "ok" }) {
  return (
    <div data-figure="true" data-tone={tone} data-zero={n === 0 || undefined}>
      <dt>{text}</dt>
      <dd>{count(n)}</dd>
    </div>
  );
}
