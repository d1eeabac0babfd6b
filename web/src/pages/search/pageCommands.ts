import type { Command } from "../../components/Jump/commands";
import type { JumpTexts } from "../../components/Jump/jumpTexts";
import { allTabs } from "../../model/queryTabs";
import { queryHistory } from "../../model/queryHistory";
import { parseSearch } from "../../model/search";
import type { Page } from "./usePage";
import type { TabActions } from "./useQueryTabs";

/** What the jump box can do on the search page. */
export function pageCommands(page: Page, tabs: TabActions, j: JumpTexts): readonly Command[] {
  const { act, live, update } = page;
  const all = allTabs(tabs.state, tabs.open);
  const does = (id: string, text: string, note: string, run: () => void): Command => ({ id, group: "do", text, note, run });
  return [
    ...(all.length < 2
      ? []
      : all.map((query, i): Command => {
          const { q } = parseSearch(new URLSearchParams(query));
          return { id: `tab ${i}`, group: "openTabs", text: q.trim() === "" ? j("allEvents") : q, mono: true, note: i === tabs.state.at ? "•" : `Alt ${i + 1}`, run: () => tabs.openAt(i) };
        })),
    ...queryHistory().slice(0, 30).map((q): Command => ({ id: `recent ${q}`, group: "recent", text: q, mono: true, run: () => act.run(q) })),
    does("newTab", j("newTab"), "Alt N", tabs.add),
    ...(all.length < 2 ? [] : [does("closeThis", j("closeThis"), "Alt W", () => tabs.closeAt(tabs.state.at))]),
    does("live", j("live"), live === undefined ? "l" : "l •", page.toggleLive),
    does("wrap", j("wrap"), "v", () => page.setWrap(!page.wrap)),
    does("roomy", j("roomy"), "", () => page.setRoomy(!page.roomy)),
    does("view", j("view"), "", () => page.setSheet("view")),
    does("copyLink", j("copyLink"), "Y", () => act.copyLink()),
    does("clear", j("clear"), "", () => update({ q: "" })),
    does("keyMap", j("keyMap"), "?", () => page.setSheet("keys")),
  ];
}
