import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { firstRunQuery } from "../../api/account";
import { ApiError } from "../../api/client";
import { CopyButton } from "../../components/CopyButton";
import { ThreadStep, ThreadSteps } from "../../components/ThreadSteps";
import { Say, useT } from "../../i18n";
import { Frame, Terminal } from "./Frame";
import styles from "./Setup.module.css";

/**
 * A server that nobody has set up yet, met by somebody without the link. The
 * page tells where the link is, and goes on by itself once it was used.
 */
export function FirstRun() {
  const t = useT();
  const router = useRouter();
  const { data, error } = useQuery({ ...firstRunQuery, refetchInterval: 3000 });
  const done = data !== undefined || (error instanceof ApiError && error.status === 401 && !error.setup);
  useEffect(() => {
    if (done) void router.navigate({ href: "/login", replace: true });
  }, [done, router]);

  const command = `clewline setup --url ${window.location.origin}`;
  return (
    <Frame
      title={t("firstrun.title")}
      lead={t("firstrun.lead")}
      aside={
        <>
          <h2>{t("firstrun.example")}</h2>
          <Terminal label={t("firstrun.example")}>
            <span className="muted">$ </span>clewline serve{"\n\n"}
            <span className={styles.link}>{window.location.origin}/setup?token=…</span>
          </Terminal>
        </>
      }
    >
      <ThreadSteps>
        <ThreadStep n={1} state="now" title={t("firstrun.open.title")}>
          <p className="text2">{t("firstrun.open.text")}</p>
        </ThreadStep>
        <ThreadStep n={2} state="later" title={t("firstrun.again.title")}>
          <p className="text2">
            <Say k="firstrun.again.text" slots={{ flag: <code>--data</code> }} />
          </p>
          <div className={styles.command}>
            <code>{command}</code>
            <CopyButton text={command} what={command} />
          </div>
        </ThreadStep>
      </ThreadSteps>
      <p className={`muted ${styles.note ?? ""}`} role="status">
        {t("firstrun.waiting")}
      </p>
    </Frame>
  );
}
