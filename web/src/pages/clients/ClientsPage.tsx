import IconFilter from "@tabler/icons-react/dist/esm/icons/IconFilter.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { meQuery } from "../../api/session";
import { useKeys } from "../../hooks/useKeys";
import { useNow } from "../../hooks/useNow";
import { useFlag } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { chipOf, chips, filterOf, newest, sdkOf, sortedClients, standing } from "../../model/clients";
import { count } from "../../model/format";
import { ClientPanel, watchSearch } from "./ClientPanel";
import styles from "./Clients.module.css";
import { ClientsFoot } from "./ClientsFoot";
import { ClientsTable } from "./ClientsTable";
import { ClientsTabs } from "./ClientsTabs";
import { useClientsTexts } from "./clientsTexts";
import { PullDialog } from "./PullDialog";
import { PullsTable } from "./PullsTable";
import { useClientsState, useLiveClients } from "./useClients";

/** The pages that are alive, as they are now, and what was asked of them. The address is the whole state. */
export function ClientsPage() {
  const t = useClientsTexts();
  const project = useProject();
  const navigate = useNavigate();
  const { state, update } = useClientsState();
  const live = useLiveClients(project);
  const now = useNow(1000);
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const [singleKeys] = useFlag("keys", true);
  const [row, setRow] = useState("");
  const [asks, setAsks] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useTitle(t("title"));

  const sdk = useMemo(() => newest(live.list, sdkOf), [live.list]);
  const rows = useMemo(() => {
    const matches = filterOf(state.q);
    const chip = state.chip === "" ? () => true : chipOf(state.chip, sdk, now);
    return sortedClients(live.list.filter((one) => matches(one) && chip(one)), state.sort, now);
  }, [live.list, state.q, state.chip, state.sort, sdk, now]);
  const cursor = state.sel === "" ? row : state.sel;
  const at = rows.findIndex(({ tab }) => tab === cursor);
  const selected = live.list.find(({ tab }) => tab === state.sel);
  const asked = live.list.find(({ tab }) => tab === asks);

  const go = (place: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, place))];
    if (next === undefined || state.view !== "live") return false;
    setRow(next.tab);
    if (state.sel !== "") update({ sel: next.tab }, "replace");
    return true;
  };
  const toProblem = (by: 1 | -1) => {
    for (let i = at + by; i >= 0 && i < rows.length; i += by) {
      const one = rows[i];
      if (one !== undefined && (standing(one, now) === "bad" || standing(one, now) === "errors")) return go(i);
    }
    return false;
  };
  const withRow = (act: (one: (typeof rows)[number]) => void) => () => {
    const one = rows[at];
    if (one === undefined || state.view !== "live") return false;
    act(one);
    return true;
  };
  useKeys(
    {
      "/": () => box.current?.focus(),
      j: () => go(at + 1),
      k: () => go(at - 1),
      J: () => toProblem(1),
      K: () => toProblem(-1),
      Enter: withRow(({ tab }) => update({ sel: tab })),
      o: withRow(({ tab }) => update({ sel: tab })),
      w: withRow((one) => void navigate({ to: "/search", search: watchSearch(project, one) })),
      p: withRow(({ tab }) => setAsks(tab)),
      Escape: () => (state.sel === "" ? false : update({ sel: "" })),
    },
    singleKeys,
  );
  useEffect(() => {
    if (cursor !== "") list.current?.querySelector('[data-row="true"]')?.scrollIntoView({ block: "nearest" });
  }, [cursor]);

  const clear = () => update({ q: "", chip: "" }, "replace");
  const filtered = state.q !== "" || state.chip !== "";
  return (
    <div className={styles.page}>
      <ClientsTabs state={state} />
      <h1 className="sr-only">{t("title")}</h1>
      {state.view === "pulls" ? <PullsTable project={project} /> : (
        <>
          <div className={styles.query}>
            <b role="status">{t("online", { n: count(live.online) })}</b>
            <small>{t("seen", { n: count(live.seen) })}</small>
            <span className={styles.filter}>
              <IconFilter size={14} stroke={1.7} aria-hidden="true" />
              <input
                ref={box}
                value={state.q}
                onChange={(event) => update({ q: event.target.value }, "replace")}
                onKeyDown={(event) => {
                  if (event.key === "Enter" || event.key === "Escape") list.current?.focus();
                }}
                aria-label={t("filter")}
                placeholder={t("filter.hint")}
                autoComplete="off"
                spellCheck={false}
              />
            </span>
            <div className={styles.chips} role="group" aria-label={t("chips")}>
              {chips.map((chip) => (
                <button key={chip} type="button" aria-pressed={state.chip === chip} onClick={() => update({ chip: state.chip === chip ? "" : chip }, "replace")}>
                  {(chip === "reconnecting" || chip === "errors") && <i className={styles.dot} data-stands={chip === "errors" ? "errors" : "bad"} aria-hidden="true" />}
                  {t(`chip.${chip}`)} {count(live.list.filter(chipOf(chip, sdk, now)).length)}
                </button>
              ))}
            </div>
          </div>
          <FetchError error={live.error} retry={() => window.location.reload()} className={styles.problem} />
          {live.broken && <p className={styles.line} role="status">{t("broken")}</p>}
          <div className={styles.body} data-panel={selected !== undefined}>
            {/* The list scrolls by itself, so keys must reach it. */}
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <div className={styles.list} ref={list} tabIndex={0} role="region" aria-label={t("title")}>
              {rows.length > 0 && (
                <ClientsTable clients={rows} all={live.list} project={project} now={now} cursor={cursor} selected={state.sel} sort={state.sort} onSort={(sort) => update({ sort }, "replace")} onSelect={(tab) => update({ sel: tab === state.sel ? "" : tab })} />
              )}
              {rows.length === 0 && live.heard === 0 && live.error === null && <Loading />}
              {rows.length === 0 && live.heard > 0 && (
                <div className={styles.none}>
                  <h2>{filtered && live.list.length > 0 ? t("none.found", { n: count(live.list.length) }) : t("none.title")}</h2>
                  {filtered && live.list.length > 0 ? <button type="button" onClick={clear}>{t("none.clear")}</button> : <p>{t("none.text")}</p>}
                </div>
              )}
            </div>
            {selected !== undefined && (
              <ClientPanel client={selected} project={project} now={now} mayChange={me?.user.role === "admin" || me?.user.role === "editor"} onPull={() => setAsks(selected.tab)} onClose={() => update({ sel: "" })} />
            )}
            <ClientsFoot heard={live.heard} now={now} />
          </div>
          {asked !== undefined && <PullDialog client={asked} project={project} onClose={() => setAsks("")} />}
        </>
      )}
    </div>
  );
}
