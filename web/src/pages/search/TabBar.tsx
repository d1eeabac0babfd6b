import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { InBar } from "../../components/BarSlot";
import { useJumpTexts } from "../../components/Jump/jumpTexts";
import { allTabs } from "../../model/queryTabs";
import { parseSearch } from "../../model/search";
import { safeText } from "../../model/untrusted";
import styles from "./TabBar.module.css";
import type { TabActions } from "./useQueryTabs";

/** The queries that are open: arrows walk them, Delete closes; Alt and a digit opens one from anywhere. */
export function TabBar({ tabs }: { tabs: TabActions }) {
  const j = useJumpTexts();
  const bar = useRef<HTMLDivElement>(null);
  const all = allTabs(tabs.state, tabs.open);
  const { at } = tabs.state;
  const name = (query: string) => {
    const { q } = parseSearch(new URLSearchParams(query));
    return q.trim() === "" ? j("allEvents") : safeText(q.replaceAll(/\s+/g, " "), 120);
  };
  // After a key the focus goes with the tab that it opened.
  const walked = useRef(false);
  useEffect(() => {
    if (!walked.current) return;
    walked.current = false;
    bar.current?.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
  });
  const keys = (e: KeyboardEvent, index: number) => {
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) tabs.openAt(to);
    else if ((e.key === "Delete" || e.key === "Backspace") && all.length > 1) tabs.closeAt(index);
    else return;
    walked.current = true;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <InBar place="left">
      <div className={styles.bar}>
        <div ref={bar} className={styles.tabs} role="tablist" aria-label={j("tabs")}>
          {all.map((query, index) => (
            // A tab is its place: two may hold the same query.
            // oxlint-disable-next-line react/no-array-index-key
            <span key={index} className={styles.tab} data-open={index === at} role="presentation">
              <button type="button" role="tab" aria-selected={index === at} tabIndex={index === at ? 0 : -1} title={`${name(query)}  Alt ${index + 1}`} onClick={() => tabs.openAt(index)} onKeyDown={(e) => keys(e, index)} onAuxClick={() => tabs.closeAt(index)}>
                {name(query)}
              </button>
            </span>
          ))}
        </div>
        {all.length > 1 && (
          <button type="button" className={styles.sign} aria-label={j("closeTab", { name: name(tabs.open) })} title={`${j("closeThis")}  Alt W`} onClick={() => tabs.closeAt(at)}>
            <IconX size={14} stroke={1.7} />
          </button>
        )}
        <button type="button" className={styles.sign} aria-label={j("newTab")} title={`${j("newTab")}  Alt N`} onClick={tabs.add}>
          <IconPlus size={15} stroke={1.7} />
        </button>
      </div>
    </InBar>
  );
}
