import { Link } from "@tanstack/react-router";
import { InBar } from "../../components/BarSlot";
import { count } from "../../model/format";
import { formatSpeed, speedTabs, type SpeedState } from "../../model/speed";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";

/** The parts of the page, in the top bar; how much is worse than usual stands at its part. */
export function SpeedTabs({ state, worse }: { state: SpeedState; worse: number }) {
  const t = useSpeedTexts();
  return (
    <InBar place="left">
      <span className="rule" />
      <nav className={styles.tabs} aria-label={t("tabs")}>
        {speedTabs.map((tab) => (
          <Link key={tab} to="/speed" search={Object.fromEntries(formatSpeed({ ...state, tab, sel: "" }))} activeOptions={{ exact: true, includeSearch: true }} {...(state.tab === tab ? { "aria-current": "page" as const } : {})}>
            {t(`tab.${tab}`)} {tab === "unusual" && worse > 0 && <span className={styles.badge}>{count(worse)}</span>}
          </Link>
        ))}
      </nav>
    </InBar>
  );
}
