import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeOrigins, createKey } from "../../api/keys";
import { CopyButton } from "../../components/CopyButton";
import { Field } from "../../components/Field";
import { Origins } from "../../components/Origins";
import { ThreadStep } from "../../components/ThreadSteps";
import { useT } from "../../i18n";
import type { Source } from "../../model/snippets";
import styles from "./AddData.module.css";
import { keepKey, type PageKey } from "./freshKeys";

interface Props {
  readonly source: Source;
  readonly project: string;
  readonly place: string;
  readonly pageKey: PageKey | undefined;
  readonly app: string;
  readonly onApp: (app: string) => void;
  readonly mayMakeKeys: boolean;
}

/** Step 1: a key of the right type. It is made on demand, so that looking at this page makes none. */
export function KeyStep({ source, project, place, pageKey, app, onApp, mayMakeKeys }: Props) {
  const t = useT();
  const client = useQueryClient();
  const browser = source.keyType === "browser";
  const [origins, setOrigins] = useState<readonly string[]>([window.location.origin]);
  const make = useMutation({
    mutationFn: () => createKey({ project, type: source.keyType, name: app, origins: browser ? origins : [] }),
    onSuccess: ({ id, key }) => {
      keepKey(place, { id, key, type: source.keyType, origins: browser ? origins : [], since: Date.now() });
      void client.invalidateQueries({ queryKey: ["keys", project] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!make.isPending) make.mutate();
  };

  return (
    <ThreadStep
      n={1}
      state={pageKey === undefined ? "now" : "done"}
      title={
        <>
          {t(browser ? "add.key.browser" : "add.key.server")} {pageKey !== undefined && <span className={styles.made}>{t("add.key.made")}</span>}
        </>
      }
    >
      {pageKey !== undefined ? (
        <MadeKey place={place} pageKey={pageKey} />
      ) : !mayMakeKeys ? (
        <p className="text2">{t("add.key.member", { project })}</p>
      ) : (
        <form className={styles.make} onSubmit={submit}>
          <p className="text2">{t(browser ? "add.key.browser.text" : "add.key.server.text")}</p>
          {browser && <Origins origins={origins} onChange={setOrigins} offers={["http://localhost:5173", "http://localhost:3000", "null"]} />}
          <Field
            label={t("add.key.app")} hint={t("add.key.app.hint")} value={app} onChange={(event) => onApp(event.target.value)}
            maxLength={100} autoComplete="off" spellCheck={false} name="app"
          />
          {make.error !== null && (
            <p className={styles.fault} role="alert">
              {make.error.message}
            </p>
          )}
          <Button type="submit" variant="filled" h={32} loading={make.isPending}>
            {t("add.key.make")} <kbd aria-hidden="true">⏎</kbd>
          </Button>
        </form>
      )}
    </ThreadStep>
  );
}

function MadeKey({ place, pageKey }: { place: string; pageKey: PageKey }) {
  const t = useT();
  const [changing, setChanging] = useState(false);
  const change = useMutation({
    mutationFn: (origins: readonly string[]) => changeOrigins(pageKey.id, origins),
    onSuccess: (_answer, origins) => keepKey(place, { ...pageKey, origins }),
  });
  return (
    <>
      <div className={styles.key}>
        <code translate="no">{pageKey.key}</code>
        <CopyButton text={pageKey.key} what={t(pageKey.type === "browser" ? "add.key.browser" : "add.key.server")} />
      </div>
      <p className={styles.may}>
        {pageKey.type === "browser" ? (
          <>
            {t("add.key.from")} <code translate="no">{pageKey.origins.join(", ") || t("wait.origin.nothing")}</code>
            <Button variant="subtle" size="compact-xs" aria-expanded={changing} onClick={() => setChanging(!changing)}>
              {t("add.origins.change")}
            </Button>
          </>
        ) : (
          t("add.key.server.note")
        )}
      </p>
      {changing && <Origins origins={pageKey.origins} onChange={(origins) => change.mutate(origins)} offers={["http://localhost:5173", "null"]} />}
      {change.error !== null && (
        <p className={styles.fault} role="alert">
          {change.error.message}
        </p>
      )}
      <p className={styles.note}>{t("add.key.once")}</p>
    </>
  );
}
