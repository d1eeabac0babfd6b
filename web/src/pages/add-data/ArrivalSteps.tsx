import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDashed from "@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { changeOrigins } from "../../api/keys";
import { Code } from "../../components/Code";
import { CopyButton } from "../../components/CopyButton";
import { Say, useT } from "../../i18n";
import type { Step } from "../../model/arrival";
import { clockTime } from "../../model/waiting";
import type { PageKey } from "./freshKeys";
import type { Arrival } from "./useArrival";
import styles from "./Wait.module.css";

interface Props {
  readonly arrival: Arrival;
  readonly pageKey: PageKey;
  readonly project: string;
  readonly onOrigins: (origins: readonly string[]) => void;
  readonly onNewKey: () => void;
}

/** The checks in order, each with its proof; the one that fails offers what would help. */
export function ArrivalSteps({ arrival, pageKey, project, onOrigins, onNewKey }: Props) {
  const t = useT();
  const { seen, remedy } = arrival;
  const allow = useMutation({
    mutationFn: (origins: readonly string[]) => changeOrigins(pageKey.id, origins),
    onSuccess: (_answer, origins) => onOrigins(origins),
  });
  const check = `curl ${window.location.origin}/healthz`;

  const parts = (step: Step): { title: string; proof?: ReactNode; help?: ReactNode } => {
    switch (step.id) {
      case "reached":
        return {
          title: t(step.state === "done" ? "wait.reached" : "wait.reached.none"),
          proof: seen?.reached ? t("wait.reached.done", { time: clockTime(seen.reached.at), from: `${seen.reached.from}, /v1/${seen.reached.door}` }) : undefined,
          help: remedy?.do === "check-way" && (
            <>
              <p>{t("wait.check.way")}</p>
              <div className={styles.command}>
                <Code code={check} language="sh" label={check} />
                <CopyButton text={check} what={check} />
              </div>
            </>
          ),
        };
      case "key":
        if (step.state !== "failed") return { title: t("wait.key.done"), proof: step.state === "done" ? t("wait.key.text", { project }) : undefined };
        return {
          title: t("wait.key.failed"),
          proof: seen?.key?.reason,
          help: (
            <Button variant="filled" onClick={onNewKey}>
              {t("wait.key.make")}
            </Button>
          ),
        };
      case "origin": {
        const origin = seen?.origin?.origin ?? "";
        if (step.state === "allowed") return { title: t("wait.origin.allowed"), proof: <Say k="wait.origin.again" slots={{ origin: <code>{origin}</code> }} /> };
        if (step.state !== "failed") return { title: t(step.state === "done" ? "wait.origin.done" : "wait.origin.none"), proof: step.state === "done" ? origin || t("wait.origin.noPage") : undefined };
        return {
          title: t("wait.origin.failed"),
          proof: <Say k="wait.origin.text" slots={{ origin: <code>{origin}</code>, list: <code>{pageKey.origins.join(", ") || t("wait.origin.nothing")}</code> }} />,
          help: (
            <>
              <Button variant="filled" loading={allow.isPending} onClick={() => allow.mutate([...pageKey.origins, origin])}>
                {t("wait.origin.allow", { origin })}
              </Button>
              {allow.error !== null && (
                <p className={styles.problem} role="alert">
                  {allow.error.message}
                </p>
              )}
            </>
          ),
        };
      }
      case "stored":
        return {
          title: step.state === "done" ? t("wait.stored.done", { n: seen?.stored?.events ?? 1 }) : t("wait.stored.none"),
          proof: step.state === "done" && seen?.stored ? clockTime(seen.stored.at) : undefined,
          help: remedy?.do === "check-body" && <p>{t("wait.check.body")}</p>,
        };
    }
  };

  return (
    <ol className={styles.checks} aria-label={t("wait.steps")} aria-live="polite">
      {arrival.steps.map((step) => {
        const { title, proof, help } = parts(step);
        const Icon = step.state === "done" || step.state === "allowed" ? IconCircleCheck : step.state === "failed" ? IconAlertTriangle : IconCircleDashed;
        return (
          <li key={step.id} data-state={step.state}>
            <Icon size={16} stroke={1.7} aria-hidden="true" />
            <div>
              <b>
                {title}
                {(step.state === "done" || step.state === "allowed") && <span className="sr-only"> {t("steps.done")}</span>}
              </b>
              {proof !== undefined && <small>{proof}</small>}
              {help !== undefined && help !== false && <div className={styles.help}>{help}</div>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
