import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { ApiError } from "../../api/client";
import { groupings } from "../../api/speed";
import { useNavigate } from "@tanstack/react-router";
import { useKeys } from "../../hooks/useKeys";
import { phone, useMedia } from "../../hooks/useMedia";
import { useFlag } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { readQuery } from "../../model/address";
import { eventsOf, keyId, sortedRows, worse } from "../../model/speed";
import { fixed, shifted } from "../../model/timeRange";
import { useDraft } from "../search/useDraft";
import { Calls } from "./Calls";
import { Judged } from "./Judged";
import { ModulesPart } from "./Modules";
import { SlowPart } from "./Slow";
import styles from "./Speed.module.css";
import { SpeedQuery } from "./SpeedQuery";
import { useSpeedTexts } from "./speedTexts";
import { SpeedTabs } from "./SpeedTabs";
import { UnusualPart } from "./Unusual";
import { useCalls, useEventsAddress, useModules, useQuestion, useSpeedState, useUsual } from "./useSpeed";

const KeysOverlay = lazy(async () => ({ default: (await import("../search/KeysOverlay")).KeysOverlay }));
const noUnknown: readonly never[] = [];

/** How fast calls are, how often they fail, and what is not as usual. The address is the whole state. */
export function SpeedPage() {
  const t = useSpeedTexts();
  const project = useProject();
  const navigate = useNavigate();
  const { state, update } = useSpeedState();
  const small = useMedia(phone);
  const [singleKeys, setSingleKeys] = useFlag("keys", true);
  const [keyMap, setKeyMap] = useState(false);
  const { question, again } = useQuestion(state, project);
  const calls = useCalls(question, state);
  const usual = useUsual(question, state, calls.isSuccess);
  const modules = useModules(question);
  const draft = useDraft(state.q, calls.error ?? undefined, noUnknown);
  const address = useEventsAddress(question, state.tz);
  const box = useRef<QueryBoxHandle>(null);
  const list = useRef<HTMLDivElement>(null);
  const [row, setRow] = useState("");
  useTitle(t("title"));

  const rows = useMemo(() => sortedRows(calls.data?.rows ?? [], state.sort, usual.compared), [calls.data, state.sort, usual.compared]);
  const fields = calls.data?.fields ?? [];
  const cursor = state.sel === "" ? row : state.sel;
  const at = rows.findIndex(({ key }) => keyId(key) === cursor);
  const findings = usual.data?.by === state.by ? usual.data.findings : [];

  const go = (place: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, place))];
    // The other parts of the page show no rows.
    if (next === undefined || state.tab !== "calls") return false;
    const id = keyId(next.key);
    setRow(id);
    if (state.sel !== "") update({ sel: id }, "replace");
    return true;
  };
  const toProblem = (by: 1 | -1) => {
    const bad = new Set(findings.filter(worse).map(({ key }) => keyId(key)));
    for (let i = at + by; i >= 0 && i < rows.length; i += by) {
      const one = rows[i];
      if (one !== undefined && bad.has(keyId(one.key))) return go(i);
    }
    return false;
  };
  const run = (q = draft.text) => (q === state.q ? again() : update({ q, sel: "" }));
  const openEvents = () => {
    const one = rows[at];
    if (one === undefined || state.tab !== "calls") return false;
    const to = address(eventsOf(question.q, fields, one.key, question.span));
    void navigate({ to: "/search", search: readQuery(to.slice(to.indexOf("?"))) });
    return true;
  };
  useKeys(
    {
      ...Object.fromEntries(groupings.map((by, i) => [String(i + 1), () => update({ by, sel: "" })])),
      "/": () => box.current?.focus(),
      j: () => go(at + 1),
      k: () => go(at - 1),
      J: () => toProblem(1),
      K: () => toProblem(-1),
      Enter: openEvents,
      o: () => (rows[at] === undefined || state.tab !== "calls" ? false : update({ sel: cursor })),
      "[": () => update({ range: fixed(shifted(question.span, -1)) }),
      "]": () => update({ range: fixed(shifted(question.span, 1)) }),
      "?": () => setKeyMap(true),
      Escape: () => (state.sel === "" ? false : update({ sel: "" })),
    },
    singleKeys && !keyMap,
  );
  useEffect(() => {
    if (cursor !== "") list.current?.querySelector('[data-row="true"]')?.scrollIntoView({ block: "nearest" });
  }, [cursor]);

  const failed = calls.error !== null && !(calls.error instanceof ApiError && calls.error.code === "invalid_query") ? calls.error : null;
  const shared = { question, address, small };
  return (
    <div className={styles.page}>
      <SpeedTabs state={state} worse={findings.filter((one) => worse(one) && one.until === null).length} />
      <h1 className="sr-only">{t("title")}</h1>
      <SpeedQuery state={state} update={update} draft={draft} box={box} project={project} zone={question.zone} small={small} onRun={run} onLeave={() => list.current?.focus()} />
      <FetchError error={failed} retry={() => calls.refetch()} className={styles.problem} />
      {calls.data !== undefined && <Judged usual={usual.data?.by === state.by ? usual.data : undefined} error={usual.error} reading={usual.isFetching} groups={calls.data.groups} zone={question.zone} />}
      {calls.data === undefined && failed === null && calls.isFetching && <Loading />}
      {calls.data !== undefined && state.tab === "calls" && (
        <Calls {...shared} list={list} calls={calls.data} old={calls.isFetching} rows={rows} compared={usual.compared} usual={usual.data} modules={modules} state={state} update={update} cursor={cursor} onRow={setRow} onKeys={() => setKeyMap(true)} />
      )}
      {state.tab !== "calls" && (
        <div className={styles.scroll}>
          {state.tab === "unusual" && usual.data !== undefined && <UnusualPart {...shared} usual={usual.data} />}
          {state.tab === "modules" && <ModulesPart {...shared} modules={modules} />}
          {state.tab === "slow" && calls.data !== undefined && <SlowPart {...shared} total={calls.data.total} />}
        </div>
      )}
      {keyMap && (
        <Suspense fallback={null}>
          <KeysOverlay of="speed" on={singleKeys} onSwitch={setSingleKeys} onClose={() => setKeyMap(false)} />
        </Suspense>
      )}
    </div>
  );
}
