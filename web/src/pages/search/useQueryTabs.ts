import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { readQuery, writeQuery } from "../../model/address";
import { addTab, closeTab, openTab, parseTabs, type QueryTabs, type Turned } from "../../model/queryTabs";

export interface TabActions {
  readonly state: QueryTabs;
  /** The open tab's own query string. */
  readonly open: string;
  readonly openAt: (index: number) => void;
  readonly closeAt: (index: number) => void;
  /** A new tab with no query, in the same project. */
  readonly add: () => void;
}

/** The page's tabs, which stand in its address. Alt with a digit, N or W acts on them from anywhere on the page. */
export function useQueryTabs(onFull: () => void): TabActions {
  const navigate = useNavigate();
  const { searchStr } = useLocation();
  const full = useRef(onFull);
  useEffect(() => {
    full.current = onFull;
  });
  const actions = useMemo<TabActions>(() => {
    const { tabs = "", ...rest } = readQuery(searchStr);
    const state = parseTabs(tabs);
    const open = writeQuery(rest).slice(1);
    const go = (turned: Turned | undefined) => {
      if (turned === undefined) full.current();
      else void navigate({ to: "/search", search: { ...readQuery(turned.open), ...(turned.tabs === "" ? {} : { tabs: turned.tabs }) } });
    };
    return {
      state,
      open,
      openAt: (index) => go(openTab(state, open, index)),
      closeAt: (index) => go(closeTab(state, open, index)),
      add: () => go(addTab(state, open, writeQuery(rest["project"] === undefined ? {} : { project: rest["project"] }).slice(1))),
    };
  }, [searchStr, navigate]);

  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (!e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || (e.target instanceof HTMLElement && e.target.closest('[role="dialog"]') !== null)) return;
      const digit = /^Digit([1-9])$/.exec(e.code)?.[1];
      if (digit !== undefined && Number(digit) <= actions.state.others.length + 1) actions.openAt(Number(digit) - 1);
      else if (e.code === "KeyN") actions.add();
      else if (e.code === "KeyW" && actions.state.others.length > 0) actions.closeAt(actions.state.at);
      else return;
      e.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [actions]);
  return actions;
}
