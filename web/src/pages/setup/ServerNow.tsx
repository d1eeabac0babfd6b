import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import type { ReactNode } from "react";
import type { SetupLink } from "../../api/account";
import { Say, useT } from "../../i18n";
import { isLocal } from "../../model/origin";
import { Terminal } from "./Frame";
import styles from "./Setup.module.css";

/** Where the link came from, and what can be said of the server now. */
export function ServerNow({ link, until }: { link: SetupLink; until: string }) {
  const t = useT();
  const { protocol, host, origin } = window.location;
  const encrypted = protocol === "https:";
  const apart = link.clockAhead === undefined ? undefined : Math.round(Math.abs(link.clockAhead) / 1000);
  return (
    <>
      <h2>{t("setup.from.title")}</h2>
      <Terminal label={t("setup.from.title")}>
        <span className="muted">$ </span>clewline serve --data {link.dataDir}
        {"\n\n"}
        <span className={styles.link}>{origin}/setup?token=…</span>
        {"\n\n"}
        <span className="muted">{t("setup.from.until", { time: until })}</span>
      </Terminal>
      <h2>{t("setup.now.title")}</h2>
      <ul className={styles.facts}>
        {encrypted ? (
          <Fact good>
            <Say k="setup.now.encrypted" slots={{ host: <b>{host}</b> }} />
          </Fact>
        ) : isLocal(host) ? (
          <Fact good>{t("setup.now.local")}</Fact>
        ) : (
          <Fact>{t("setup.now.plain")}</Fact>
        )}
        {apart !== undefined && (
          <Fact good={apart <= 2}>{apart <= 2 ? t("setup.now.clock") : link.clockAhead !== undefined && link.clockAhead > 0 ? t("setup.now.ahead", { n: apart }) : t("setup.now.behind", { n: apart })}</Fact>
        )}
        <Fact good>
          <Say k="setup.now.version" slots={{ version: <b>{link.version}</b>, host: <b>{link.host}</b> }} />
        </Fact>
      </ul>
      <h2>{t("setup.notYou.title")}</h2>
      <p className="text2">{t("setup.notYou.before")}</p>
    </>
  );
}

function Fact({ good = false, children }: { good?: boolean; children: ReactNode }) {
  const Icon = good ? IconCircleCheck : IconAlertTriangle;
  return (
    <li data-good={good || undefined}>
      <Icon size={15} stroke={1.7} aria-hidden="true" />
      <span>{children}</span>
    </li>
  );
}
