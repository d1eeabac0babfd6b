import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { meQuery } from "../api/session";
import { useT } from "../i18n";
import styles from "./AppShell.module.css";
import { Bar } from "./Bar";
import { BarSlots } from "./BarSlot";
import { ConnectionLine } from "./ConnectionLine";
import { Rail } from "./Rail";

/** What an empty server shows instead of its pages; Add data and Settings work there. */
function EmptyServer() {
  const t = useT();
  return (
    <p className={styles.empty}>
      {t("empty.server")} <a href="/add-data">{t("empty.link")}</a>
    </p>
  );
}

/** The frame of every page: rail, bar, the red line when the server is away, and the page. */
export function AppShell() {
  const t = useT();
  const { pathname } = useLocation();
  const { data: me } = useQuery({
    ...meQuery,
    // An empty server is watched, so that the page fills when the first event comes.
    refetchInterval: ({ state }) => (state.data?.empty === true ? 3000 : false),
  });
  const needsData = pathname !== "/add-data" && pathname !== "/clients" && !pathname.startsWith("/settings");
  return (
    <BarSlots>
      <a className={styles.skip} href="#content">
        {t("nav.skip")}
      </a>
      <div className={styles.app}>
        <Rail />
        <div className={styles.column}>
          <Bar />
          <main id="content" className={styles.main} tabIndex={-1}>
            <ConnectionLine />
            {me?.empty === true && needsData ? <EmptyServer /> : <Outlet />}
          </main>
        </div>
      </div>
    </BarSlots>
  );
}

