import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import styles from "./ThreadSteps.module.css";

/** Done: the thread has passed. Now: it has come so far. Later: it will, and is dashed until then. */
export type StepState = "done" | "now" | "later";

interface StepProps {
  readonly n: number;
  readonly state: StepState;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}

/** One of the steps that the thread runs through. */
export function ThreadStep({ n, state, title, children }: StepProps) {
  const t = useT();
  return (
    <li className={styles.step} data-state={state} aria-current={state === "now" ? "step" : undefined}>
      <span className={styles.mark} aria-hidden="true">
        {state === "done" ? <IconCheck size={13} stroke={2.2} /> : n}
      </span>
      <div className={styles.body}>
        <h2>
          {title}
          {state === "done" && <span className="sr-only"> {t("steps.done")}</span>}
        </h2>
        {children}
      </div>
    </li>
  );
}

/** Steps on one thread, top to bottom. */
export function ThreadSteps({ children }: { children: ReactNode }) {
  return <ol className={styles.steps}>{children}</ol>;
}
