import type { ReactNode } from "react";
import { LanguageLinks } from "../../components/LanguageLinks";
import { Logo } from "../../components/Logo";
import { useT } from "../../i18n";
import styles from "./Setup.module.css";

/** The page around set-up: what is to be done at the left, what it stands on at the right. */
export function Frame({ title, lead, aside, children }: { title: string; lead: string; aside?: ReactNode; children: ReactNode }) {
  const t = useT();
  return (
    <div className={styles.page}>
      <main className={styles.left}>
        <div className={styles.brand}>
          <Logo size={34} />
          <b>{t("app.name")}</b>
          <i className="grow" />
          <LanguageLinks />
        </div>
        <h1>{title}</h1>
        <p className="text2">{lead}</p>
        {children}
      </main>
      <aside className={styles.right}>{aside}</aside>
    </div>
  );
}

/** A terminal with what the server wrote into it. */
export function Terminal({ children, label }: { children: ReactNode; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable
    <pre className={styles.terminal} tabIndex={0} role="group" aria-label={label} translate="no">
      {children}
    </pre>
  );
}
