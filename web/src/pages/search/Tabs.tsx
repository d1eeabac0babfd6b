import { useEffect, useRef } from "react";
import { registerCommands } from "../../components/Jump/commands";
import { useJumpTexts } from "../../components/Jump/jumpTexts";
import { pageCommands } from "./pageCommands";
import { TabBar } from "./TabBar";
import type { Page } from "./usePage";
import { useQueryTabs } from "./useQueryTabs";

/** The page's tabs in the bar, and its commands in the jump box: neither is needed to paint the page. */
export function Tabs({ page }: { page: Page }) {
  const j = useJumpTexts();
  const tabs = useQueryTabs(() => page.say(j("noRoom")));
  const latest = useRef({ page, tabs, j });
  useEffect(() => {
    latest.current = { page, tabs, j };
  });
  useEffect(() => registerCommands(() => pageCommands(latest.current.page, latest.current.tabs, latest.current.j)), []);
  return <TabBar tabs={tabs} />;
}
