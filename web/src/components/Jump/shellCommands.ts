import type { MantineColorScheme } from "@mantine/core";
import { chooseLanguage } from "../../i18n";
import type { Command } from "./commands";
import type { JumpTexts } from "./jumpTexts";

const pages = [
  ["goSearch", "/search", "g s"],
  ["goSpeed", "/speed", "g p"],
  ["goIngest", "/ingest", "g i"],
  ["goDelivery", "/delivery", "g d"],
  ["goAddData", "/add-data", "g a"],
  ["goKeys", "/settings/keys", "g e"],
  ["goPeople", "/settings/people", ""],
  ["goSources", "/settings/sources", ""],
  ["goRetention", "/settings/retention", ""],
  ["goRedaction", "/settings/redaction", ""],
  ["goShares", "/settings/shares", ""],
  ["goAudit", "/settings/audit", ""],
] as const;

/** What can be done on every page: go to another one, change colours and language. */
export function shellCommands(j: JumpTexts, go: (path: string) => void, scheme: (to: MantineColorScheme) => void): readonly Command[] {
  return [
    ...pages.map(([text, path, note]): Command => ({ id: path, group: "pages", text: j(text), note, run: () => go(path) })),
    { id: "light", group: "do", text: j("light"), run: () => scheme("light") },
    { id: "dark", group: "do", text: j("dark"), run: () => scheme("dark") },
    j.language === "en" ? { id: "zh", group: "do", text: j("chinese"), run: () => void chooseLanguage("zh") } : { id: "en", group: "do", text: j("english"), run: () => void chooseLanguage("en") },
  ];
}
