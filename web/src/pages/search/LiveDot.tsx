import { useT } from "../../i18n";
import { count } from "../../model/format";
import styles from "./ResultLine.module.css";
import type { LiveView } from "./useLive";

/** In the result line: that it is live, and how fast events come. */
export function LiveDot({ live }: { live: LiveView }) {
  const t = useT();
  const open = live.line.state === "open";
  const { rate } = live.state;
  return (
    <>
      <i className={`${styles.livedot ?? ""} ${open && !live.state.paused ? "" : (styles.still ?? "")}`} aria-hidden="true" />
      <span>{open ? t("live.rate", { rate: rate === 0 ? "0" : rate < 10 ? rate.toFixed(1) : count(Math.round(rate)) }) : t("live.connecting")}</span>
    </>
  );
}
