import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDotted from "@tabler/icons-react/dist/esm/icons/IconCircleDotted.mjs";
import { useState } from "react";
import type { Usual } from "../../api/speed";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { shortClock, spanLabel } from "../../model/rangeLabel";
import { judgement } from "../../model/speed";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";

interface Props {
  readonly usual: Usual | undefined;
  readonly error: Error | null;
  readonly reading: boolean;
  readonly groups: number;
  readonly zone: string;
}

/** The page in one sentence: what is worse than usual, or that nothing is, or why that cannot be said. */
export function Judged({ usual, error, reading, groups, zone }: Props) {
  const t = useSpeedTexts();
  const common = useT();
  const [now] = useState(() => Date.now());
  if (usual === undefined) {
    if (error === null && !reading) return null;
    return (
      <p className={styles.say} role="status" data-tone={error === null ? "wait" : "warn"}>
        {error === null ? <IconCircleDotted size={17} stroke={1.7} aria-hidden="true" /> : <IconAlertTriangle size={17} stroke={1.7} aria-hidden="true" />}
        <span>{error === null ? t("comparing", { days: 14 }) : t("say.failed", { reason: error.message })}</span>
      </p>
    );
  }
  const { days, minDays, width } = usual;
  // Said by whole minutes: what is compared with other days is no matter of seconds.
  const minute = (text: string) => Math.round(Date.parse(text) / 60_000) * 60_000;
  const span = { from: minute(usual.from), to: Math.max(minute(usual.to), minute(usual.from) + 60_000) };
  const said = judgement(days, minDays, usual.findings);
  const Sign = said.kind === "worse" ? IconAlertTriangle : said.kind === "usual" ? IconCircleCheck : IconCircleDotted;
  const parts =
    said.kind === "worse"
      ? [
          said.slower > 0 ? t("say.slower", { n: count(said.slower), all: count(groups), days }) : "",
          said.failing > 0 ? t("say.failing", { n: count(said.failing) }) : "",
          said.stopped > 0 ? t("say.stopped", { n: count(said.stopped) }) : "",
          said.since === undefined ? "" : t("say.since", { time: shortClock(said.since, zone) }),
        ].filter((part) => part !== "")
      : [];
  const sentence =
    said.kind === "few" ? (days === 0 ? t("say.none", { min: minDays }) : t("say.few", { n: days, min: minDays })) : said.kind === "usual" ? t("say.usual", { days }) : `${parts.join(t.language === "zh" ? "，" : ", ")}${t.language === "zh" ? "。" : "."}`;
  return (
    <p className={styles.say} role="status" data-tone={said.kind === "worse" ? "warn" : said.kind === "usual" ? "ok" : "wait"}>
      <Sign size={17} stroke={1.7} aria-hidden="true" />
      <span>
        <b>{sentence}</b> <small>{t("say.judged", { span: spanLabel(span, now, zone, common), width })}</small>
      </span>
    </p>
  );
}
