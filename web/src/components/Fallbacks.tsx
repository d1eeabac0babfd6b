import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import styles from "./Fallbacks.module.css";
import { Logo } from "./Logo";
import { PreferencesMenu } from "./PreferencesMenu";

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A page without the shell: the logo, preferences, and what is to be said. */
export function Whole({ children }: { children: ReactNode }) {
  return (
    <main className={styles.whole}>
      <div className={styles.brand}>
        <Logo size={32} />
        <i className="grow" />
        <PreferencesMenu />
      </div>
      {children}
    </main>
  );
}

/** The page could not begin, because nobody said who is asking. */
export function StartError({ error }: { error: unknown }) {
  const t = useT();
  const router = useRouter();
  return (
    <Whole>
      <h1>{t("error.start.title")}</h1>
      <p className={styles.detail}>{errorText(error)}</p>
      <Button variant="filled" onClick={() => void router.invalidate()}>
        {t("common.retry")}
      </Button>
    </Whole>
  );
}

export function NotFound() {
  const t = useT();
  return (
    <div className={styles.page}>
      <h1>{t("error.notFound.title")}</h1>
      <p>{t("error.notFound.text")}</p>
      <Button component="a" href="/search" variant="filled">
        {t("error.notFound.search")}
      </Button>
    </div>
  );
}

/** A fault of ours. It says so, and what it was. */
export function PageError({ error }: { error: unknown }) {
  const t = useT();
  return (
    <div className={styles.page} role="alert">
      <h1>{t("error.page.title")}</h1>
      <p>{t("error.page.text")}</p>
      <p className={styles.detail}>{errorText(error)}</p>
      <Button variant="filled" onClick={() => window.location.reload()}>
        {t("error.page.again")}
      </Button>
    </div>
  );
}
