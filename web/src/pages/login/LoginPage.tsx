import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { login } from "../../api/account";
import { ApiError, OfflineError } from "../../api/client";
import { meQuery } from "../../api/session";
import { Field } from "../../components/Field";
import { LanguageLinks } from "../../components/LanguageLinks";
import { Logo } from "../../components/Logo";
import { PasswordField } from "../../components/PasswordField";
import { useSecondsUntil } from "../../hooks/useNow";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { nextPage } from "../../model/nextpage";
import styles from "./LoginPage.module.css";
import { NextThread } from "./NextThread";

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Logs a person in and leads on to the page that they asked for. */
export function LoginPage() {
  const t = useT();
  const router = useRouter();
  const client = useQueryClient();
  const search = useSearch({ strict: false });
  const next = nextPage(search["next"], window.location.origin);
  const [refusedAt, setRefusedAt] = useState(0);
  const passwordRef = useRef<HTMLInputElement>(null);
  useTitle(t("login.title"));

  const attempt = useMutation({
    mutationFn: ({ name, password }: Credentials) => login(name, password),
    onSuccess: async () => {
      client.clear();
      await client.fetchQuery(meQuery);
      await router.navigate({ href: next.href, replace: true });
    },
    onError: () => {
      setRefusedAt(Date.now());
      const field = passwordRef.current;
      field?.focus();
      field?.select();
    },
  });

  const { error } = attempt;
  // The server names a pause with the refusal that begins it, and with those during it.
  const wait = error instanceof ApiError ? (error.retryAfter ?? (error.status === 429 ? 60 : 0)) : 0;
  const pausedUntil = wait > 0 ? refusedAt + wait * 1000 : 0;
  const pause = useSecondsUntil(pausedUntil);
  const busy = attempt.isPending || attempt.isSuccess;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy || pause > 0) return;
    const form = new FormData(event.currentTarget);
    attempt.mutate({ name: String(form.get("username")).trim(), password: String(form.get("password")) });
  };

  return (
    <main className={styles.page}>
      <div className={styles.middle}>
        <form className={styles.box} method="post" onSubmit={submit}>
          <div className={styles.brand}>
            <Logo size={34} />
            <b>{t("app.name")}</b>
          </div>
          <h1>{t("login.heading", { host: window.location.host })}</h1>
          <p className="text2">{t("login.yours")}</p>
          <Field label={t("login.account")} name="username" autoComplete="username" autoCapitalize="none" autoCorrect="off" spellCheck={false} required autoFocus />
          <PasswordField ref={passwordRef} label={t("login.password")} name="password" autoComplete="current-password" required />
          <div role="alert">{!busy && <Refusal error={error} pause={pause} />}</div>
          <Button type="submit" variant="filled" fullWidth h={38} className={styles.go ?? ""} loading={busy} disabled={pause > 0}>
            {t("login.go")} <kbd aria-hidden="true">⏎</kbd>
          </Button>
          <NextThread next={next} />
        </form>
      </div>
      <footer className={styles.foot}>
        <LanguageLinks />
      </footer>
    </main>
  );
}

/** Why it did not work, and what to do now; never which half was wrong. */
function Refusal({ error, pause }: { error: Error | null; pause: number }) {
  const t = useT();
  if (error === null) return null;
  const paused = error instanceof ApiError && (error.status === 429 || error.retryAfter !== undefined);
  return (
    <p className={styles.refusal}>
      <IconAlertTriangle size={15} stroke={1.7} />
      <span>
        {paused
          ? pause > 0
            ? t("login.paused", { n: pause })
            : t("login.pauseOver")
          : error instanceof OfflineError
            ? t("login.offline")
            : error instanceof ApiError && error.reason === "wrong_password"
              ? error.triesLeft === undefined
                ? t("login.mismatch")
                : t("login.mismatch.left", { n: error.triesLeft })
              : error.message}
      </span>
    </p>
  );
}
