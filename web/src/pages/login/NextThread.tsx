import { useT } from "../../i18n";
import type { NextPage } from "../../model/nextpage";
import styles from "./LoginPage.module.css";

const names = { search: "nav.search", "add-data": "nav.addData", settings: "nav.settings", other: "login.nextOther" } as const;

/** The thread to the page that opens next: dashed, since the visitor is not there yet. */
export function NextThread({ next }: { next: NextPage }) {
  const t = useT();
  return (
    <div className={styles.next}>
      <svg width="190" height="96" viewBox="0 0 190 96" fill="none" stroke="var(--thread)" strokeWidth="2.2" strokeLinecap="round" aria-hidden="true">
        <path d="M0 88C80 88 98 12 178 12" strokeDasharray="5 6" />
        <circle cx="183" cy="12" r="6" fill="var(--canvas)" />
      </svg>
      <p>
        <b className={next.about === "" ? undefined : "mono"}>{next.about === "" ? t(names[next.page]) : next.about}</b>
        <span className="muted">{t("login.opensNext")}</span>
      </p>
    </div>
  );
}
