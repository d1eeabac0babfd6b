import IconShieldCheck from "@tabler/icons-react/dist/esm/icons/IconShieldCheck.mjs";
import type { Pull } from "../../api/clients";
import { isOpen, pullStep } from "../../model/clients";
import { count, date, clock } from "../../model/format";
import { safeText } from "../../model/untrusted";
import { browserZone } from "../../model/zone";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

const steps = ["asked", "delivered", "running", "done"] as const;

/** How a pull stands, in a sentence. */
export function usePullSentence(): (pull: Pull) => string {
  const t = useClientsTexts();
  return (pull) => {
    const n = count(pull.events);
    const reason = safeText(pull.reason, 300);
    const until = Date.parse(pull.expires);
    switch (pull.state) {
      case "asked":
        return pull.reachable ? t("say.waiting") : t("say.asked", { time: `${date(until, browserZone())} ${clock(until, browserZone()).hms}` });
      case "running":
        return t("say.running", { n });
      case "done":
        return t("say.done", { n });
      case "refused":
        return t("say.refused", { reason });
      case "failed":
        return t("say.failed", { reason });
      default:
        return t(`say.${pull.state}`);
    }
  };
}

/** The steps of a pull, and how it stands. */
export function PullProgress({ pull }: { pull: Pull }) {
  const t = useClientsTexts();
  const say = usePullSentence();
  const at = pullStep(pull.state);
  const bad = !isOpen(pull) && pull.state !== "done";
  return (
    <>
      <ol className={styles.steps} aria-label={t("pull.progress")}>
        {steps.map((step, i) => (
          <li key={step} data-on={i <= at || undefined} data-bad={(bad && i === at) || undefined} {...(i === at ? { "aria-current": "step" as const } : {})}>
            {t(`step.${step}`)}
          </li>
        ))}
      </ol>
      <p className={styles.say} role="status" data-bad={bad || undefined}>
        {say(pull)}
      </p>
      {isOpen(pull) && <p>{t("pull.left")}</p>}
      <p className={styles.signed}>
        <IconShieldCheck size={14} stroke={1.7} aria-hidden="true" /> {t("pulls.signed")}
      </p>
    </>
  );
}
