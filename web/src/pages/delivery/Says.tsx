import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import type { ReactNode } from "react";
import { type Delivery, lacking } from "../../model/delivery";
import { count } from "../../model/format";
import styles from "./Delivery.module.css";
import { useDeliveryTexts } from "./deliveryTexts";

/** The page's judgement in one sentence, and what is not judged; beside it what one does with the page. */
export function Says({ delivery: { total }, children }: { delivery: Delivery; children: ReactNode }) {
  const t = useDeliveryTexts();
  const { missing, logged, open, silent, streams } = total;
  const tone = missing > 0 ? "warn" : logged > 0 ? "ok" : "wait";
  const Icon = tone === "warn" ? IconAlertTriangle : tone === "ok" ? IconCircleCheck : IconClock;
  const more = [logged > 0 && open > 0 ? t("say.unjudged", { n: open }) : "", silent > 0 ? t("say.silent", { n: silent }) : ""].filter((one) => one !== "");
  return (
    <div className={styles.say} data-tone={tone}>
      <Icon size={18} stroke={1.7} aria-hidden="true" />
      <p role="status">
        <b>
          {streams === 0 && t("say.none")}
          {streams > 0 && logged === 0 && t("say.open", { n: open })}
          {logged > 0 && missing === 0 && t("say.whole", { n: count(logged) })}
          {missing > 0 && t("say.missing", { count: count(missing), logged: count(logged), n: lacking(total) })}
        </b>
        {more.map((one) => (
          <span key={one}> {one}</span>
        ))}
      </p>
      <div className={styles.tools}>{children}</div>
    </div>
  );
}
