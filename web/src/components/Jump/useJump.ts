import { useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { search as runSearch, total } from "../../api/search";
import type { LogEvent } from "../../api/types";
import { useProject } from "../../hooks/useProject";
import { useSavedViews } from "../../hooks/useSavedViews";
import { readQuery, writeQuery } from "../../model/address";
import { rfc3339 } from "../../model/format";
import { addTab, parseTabs } from "../../model/queryTabs";
import { recognise } from "../../model/recognise";
import { parseSearch } from "../../model/search";
import { browserZone, isZone } from "../../model/zone";
import { allCommands, type Command } from "./commands";
import { useJumpTexts } from "./jumpTexts";
import { shellCommands } from "./shellCommands";

/** How far back is looked, ms. */
const reach = 31 * 86_400_000;
const who = ["callId", "account", "staff", "session", "device", "user", "number", "traceId", "spanId", "stream", "id"] as const;

/** Something that Enter opens. */
export interface Choice {
  readonly id: string;
  readonly group: "recognised" | "search" | Command["group"];
  readonly text: string;
  readonly mono?: true;
  readonly note: string;
  /** Opens it, in a new tab where that makes sense. */
  readonly run: (inTab: boolean) => void;
}

export interface Found {
  /** What the text was taken for, in words; "" for nothing. */
  readonly said: string;
  readonly choices: readonly Choice[];
  readonly newest: LogEvent | undefined;
  readonly looking: boolean;
  readonly unseen: boolean;
}

/** Whether the letters of `part` stand in `text` in their order. */
function fits(text: string, part: string): boolean {
  let at = 0;
  const low = text.toLowerCase();
  for (const sign of part.toLowerCase().replaceAll(/\s/g, "")) {
    at = low.indexOf(sign, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** What the jump box offers for a text. */
export function useJump(text: string, count: (n: number) => string): Found {
  const j = useJumpTexts();
  const navigate = useNavigate();
  const project = useProject();
  const { searchStr, pathname } = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const [now] = useState(() => Date.now());
  const [listed, setListed] = useState<readonly Command[]>([]);
  useEffect(() => {
    let on = true;
    void allCommands().then((list) => {
      if (on) setListed(list);
    });
    return () => {
      on = false;
    };
  }, []);

  const saved = useSavedViews(project);

  const only = text.startsWith(">");
  const part = only ? text.slice(1).trim() : text.trim();
  const here = useMemo(() => parseSearch(new URLSearchParams(searchStr)), [searchStr]);
  const zone = isZone(here.tz) ? here.tz : browserZone();
  const known = useMemo(() => (only ? undefined : recognise(text, window.location.origin, now, zone)), [only, text, now, zone]);
  const [settled] = useDebouncedValue(known, 200);
  const range = { from: rfc3339(now - reach), to: rfc3339(now + 60_000), project };
  const counted = useQueries({
    queries: (settled?.queries ?? []).map(({ q }) => ({ queryKey: ["jump", q, range.from, project], queryFn: ({ signal }: { signal: AbortSignal }) => total({ q, ...range }, signal), retry: false, enabled: project !== "" })),
  });
  const look = settled?.look ?? "";
  const newest = useQuery({
    queryKey: ["jump-newest", look, range.from, project],
    queryFn: async ({ signal }) => {
      const rows: LogEvent[] = [];
      const words = settled?.queries.find((query) => query.as === "words")?.q ?? "";
      await runSearch({ q: words, ...range }, { limit: 1 }, (lot) => rows.push(...lot), signal);
      return rows[0] ?? null;
    },
    enabled: look !== "" && project !== "",
    retry: false,
  });
  const event = settled === known && newest.data !== null ? newest.data : undefined;
  const field = event === undefined ? undefined : who.find((name) => String(event[name] ?? "").toLowerCase() === look.toLowerCase());

  const open = (params: Readonly<Record<string, string>>, inTab: boolean) => {
    const next = { ...(here.project === "" ? {} : { project: here.project }), ...params };
    if (pathname !== "/search" || !inTab) return void navigate({ to: "/search", search: { ...next, ...(pathname === "/search" && here.tabs !== "" ? { tabs: here.tabs } : {}) } });
    const { tabs, ...rest } = readQuery(searchStr);
    const turned = addTab(parseTabs(tabs ?? ""), writeQuery(rest).slice(1), writeQuery(next).slice(1));
    if (turned !== undefined) void navigate({ to: "/search", search: { ...readQuery(turned.open), tabs: turned.tabs } });
  };
  const month = { from: "-31d" };
  const choices: Choice[] = [];
  if (known !== undefined) {
    const { path, range: around, kind } = known;
    if (path !== undefined) choices.push({ id: "link", group: "recognised", text: j("openLink"), note: "", run: () => void navigate({ href: path }) });
    if (around !== undefined) choices.push({ id: "time", group: "recognised", text: j("aroundTime", { time: part }), note: "", run: (tab) => open({ ...around, q: here.q }, tab) });
    if (kind === "event") choices.push({ id: "event", group: "recognised", text: j("openEvent", { id: part }), note: "", run: (tab) => open({ sel: part, q: known.queries[0]?.q ?? "", ...month }, tab) });
    const queries = field === undefined || known.queries.some(({ as }) => as === "field") ? known.queries : [{ as: "field" as const, q: `${field}:${known.queries[0]?.q ?? ""}` }, ...known.queries];
    for (const { as, q } of queries) {
      const i = known.queries.findIndex((query) => query.q === q);
      const data = settled === known ? counted[i]?.data : undefined;
      choices.push({
        id: `q ${q}`,
        group: "search",
        text: as === "field" ? j("asField", { clause: q }) : j("asWords", { words: q }),
        mono: true,
        note: data === undefined ? "" : j(data.partial ? "atLeast" : "events", { n: count(data.total) }),
        run: (tab) => open({ q, ...month }, tab),
      });
    }
  }
  const go = (path: string) => void navigate({ href: path + (here.project === "" ? "" : writeQuery({ project: here.project })) });
  const views = (saved.views ?? []).map((view): Command => ({ id: `view ${view.id}`, group: "views", text: view.name, note: view.own ? "" : view.owner, run: () => saved.open(view) }));
  for (const command of [...views, ...listed.filter(({ group }) => group !== "do"), ...shellCommands(j, go, setColorScheme), ...listed.filter(({ group }) => group === "do")]) {
    if (part === "" ? true : fits(command.text, part) && part.length < 60) choices.push({ ...command, note: command.note ?? "", run: command.run });
  }

  const said = known === undefined ? "" : field !== undefined ? j("isField", { field }) : j(({ link: "isLink", time: "isTime", event: "isEvent", number: "isNumber", trace: "isTrace", share: "isShare", line: "isLine", words: "isWords" } as const)[known.kind]);
  return { said, choices: choices.slice(0, 60), newest: event, looking: look !== "" && newest.isFetching, unseen: newest.data === null && settled === known && look !== "" };
}
