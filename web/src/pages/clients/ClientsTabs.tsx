import { Link } from "@tanstack/react-router";
import { InBar } from "../../components/BarSlot";
import { type ClientsState, clientTabs, formatClients } from "../../model/clients";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

/** The parts of the page, in the top bar. */
export function ClientsTabs({ state }: { state: ClientsState }) {
  const t = useClientsTexts();
  return (
    <InBar place="left">
      <span className="rule" />
      <nav className={styles.tabs} aria-label={t("tabs")}>
        {clientTabs.map((view) => [
          view === "pulls" && (
            <Link key="delivery" to="/delivery" search={state.project === "" ? {} : { project: state.project }}>
              {t("tab.delivery")}
            </Link>
          ),
          <Link key={view} to="/clients" search={Object.fromEntries(formatClients({ ...state, view, sel: "" }))} activeOptions={{ exact: true, includeSearch: true }} {...(state.view === view ? { "aria-current": "page" as const } : {})}>
            {t(`tab.${view}`)}
          </Link>,
        ])}
      </nav>
    </InBar>
  );
}
