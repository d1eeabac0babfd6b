import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ThreadStep, ThreadSteps } from "../../components/ThreadSteps";
import { Say, useT } from "../../i18n";
import { isLocal } from "../../model/origin";
import type { Source, Variant } from "../../model/snippets";
import styles from "./AddData.module.css";
import type { PageKey } from "./freshKeys";
import { KeyStep } from "./KeyStep";
import { SnippetPanel } from "./SnippetPanel";

export interface StepsProps {
  readonly source: Source;
  readonly variant: Variant;
  readonly project: string;
  readonly place: string;
  readonly pageKey: PageKey | undefined;
  readonly app: string;
  readonly onApp: (app: string) => void;
  readonly arrived: boolean;
  readonly mayMakeKeys: boolean;
}

const putTitle = { web: "add.put.web", node: "add.put.node", http: "add.put.http", files: "add.put.files", prism: "add.put.files", invocation: "add.put.files" } as const;

/** The four steps; the thread has come as far as the event has. */
export function Steps({ source, variant, project, place, pageKey, app, onApp, arrived, mayMakeKeys }: StepsProps) {
  const t = useT();
  const [opened] = useState(() => new Date());
  const { origin, host } = window.location;
  const snippets = variant.snippets({
    endpoint: origin,
    key: pageKey?.key ?? (source.keyType === "browser" ? "pk_…" : "sk_…"),
    app: app || "app",
    now: pageKey === undefined ? opened : new Date(pageKey.since),
  });
  return (
    <div className={styles.steps}>
      <h1>{t(`add.${source.id}.title`)}</h1>
      <p className="text2">{t(`add.${source.id}.lead`)}</p>
      <ThreadSteps>
        <KeyStep source={source} project={project} place={place} pageKey={pageKey} app={app} onApp={onApp} mayMakeKeys={mayMakeKeys} />
        <ThreadStep n={2} state={pageKey === undefined ? "later" : arrived ? "done" : "now"} title={t(putTitle[source.id])}>
          <nav className={styles.variants} aria-label={t("add.put.variants")}>
            {source.variants.map(({ id, label }) => (
              <Link
                key={id}
                to="/add-data"
                search={(old) => ({ ...old, source: source.id, via: id })}
                replace
                activeProps={{}}
                data-on={id === variant.id || undefined}
                aria-current={id === variant.id ? "true" : undefined}
                translate="no"
              >
                {label}
              </Link>
            ))}
          </nav>
          <SnippetPanel snippets={snippets} ready={pageKey !== undefined} />
          {isLocal(host) && <p className={styles.note}>{t("add.local")}</p>}
          {variant.id === "send" && (
            <p className={styles.note}>
              <Say k="add.command" slots={{ command: <code>clewline</code> }} />
            </p>
          )}
        </ThreadStep>
        <ThreadStep n={3} state={arrived ? "done" : "later"} title={t("add.arrive")}>
          <p className="text2">{arrived ? t("add.arrive.done") : t("add.arrive.text")}</p>
        </ThreadStep>
        <Then source={source} arrived={arrived} />
      </ThreadSteps>
    </div>
  );
}

function Then({ source, arrived }: { source: Source; arrived: boolean }) {
  const t = useT();
  const kind = source.group === "files" ? "files" : source.id === "http" ? "http" : "web";
  return (
    <ThreadStep
      n={4}
      state={arrived ? "now" : "later"}
      title={
        <>
          {t("add.then")} <span className={styles.then}>{t(`add.then.${kind}.head`)}</span>
        </>
      }
    >
      <p className="text2">
        {kind === "web" ? (
          <Say k="add.then.web" slots={{ context: <code>T.$context({"{ account, callId }"})</code>, error: <code>t.$error(err)</code> }} />
        ) : kind === "http" ? (
          <Say k="add.then.http" slots={{ header: <code>Idempotency-Key</code> }} />
        ) : (
          <Say k="add.then.files" slots={{ server: <code>CLEWLINE_SERVER</code>, key: <code>CLEWLINE_KEY</code>, zone: <code>--tz Asia/Shanghai</code> }} />
        )}
      </p>
    </ThreadStep>
  );
}
