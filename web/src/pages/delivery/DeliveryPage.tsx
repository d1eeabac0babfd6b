import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { deliveryQuery, rangesAddress, streamsOf } from "../../api/delivery";
import { InBar } from "../../components/BarSlot";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useKeys } from "../../hooks/useKeys";
import { useFlag } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { quoted, shows, spans } from "../../model/delivery";
import styles from "./Delivery.module.css";
import { useDeliveryTexts } from "./deliveryTexts";
import { Says } from "./Says";
import { Senders } from "./Senders";
import { StreamPanel } from "./StreamPanel";
import { rowId, Streams } from "./Streams";
import { Totals } from "./Totals";
import { useDeliveryState } from "./useDeliveryState";

/** Proves how much of what was logged has arrived, from the numbers of streams. The address is the whole state. */
export function DeliveryPage() {
  const t = useDeliveryTexts();
  const project = useProject();
  const navigate = useNavigate();
  const { state, update } = useDeliveryState();
  const [singleKeys] = useFlag("keys", true);
  const { data, error, refetch } = useQuery({ ...deliveryQuery(project, state.days), enabled: project !== "" });
  const list = useInfiniteQuery({ ...streamsOf(project, state), enabled: project !== "" });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.streams) ?? [], [list.data]);
  useTitle(t("title"));

  const step = (by: 1 | -1) => {
    const at = rows.findIndex(({ stream }) => stream === state.sel);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next === undefined) return false;
    update({ sel: next.stream }, state.sel === "" ? "push" : "replace");
    document.getElementById(rowId(next.stream))?.focus();
    return true;
  };
  const close = () => {
    if (state.sel === "") return false;
    document.getElementById(rowId(state.sel))?.focus();
    update({ sel: "" });
    return true;
  };
  useKeys(
    {
      j: () => step(1),
      k: () => step(-1),
      ...Object.fromEntries(shows.map((show, i) => [String(i + 1), () => update({ show })])),
      o: () => (state.sel === "" ? false : void navigate({ to: "/search", search: { project, q: `stream:${quoted(state.sel)}`, from: `-${state.days}d` } })),
      Escape: close,
    },
    singleKeys,
  );

  return (
    <div className={styles.page}>
      <InBar place="left">
        <span className="rule" />
        <nav className={styles.tabs} aria-label={t("tabs")}>
          <Link to="/clients" search={{ project }}>
            {t("tab.clients")}
          </Link>
          <Link to="/ingest" search={{ project }}>
            {t("tab.ingest")}
          </Link>
          <Link to="/delivery" search={{ project }} aria-current="page">
            {t("title")}
          </Link>
        </nav>
      </InBar>
      <h1 className="sr-only">{t("title")}</h1>
      <div className={styles.body} data-panel={state.sel !== "" || undefined}>
        <div className={styles.left}>
          <FetchError error={error} retry={refetch} className={styles.problem} />
          {data === undefined && error === null && <Loading />}
          {data !== undefined && (
            <>
              <Says delivery={data}>
                <label>
                  <span className="sr-only">{t("days")}</span>
                  <select value={state.days} onChange={(e) => update({ days: Number(e.target.value) as typeof state.days, day: "" })}>
                    {spans.map((n) => (
                      <option key={n} value={n}>
                        {t("days.n", { n })}
                      </option>
                    ))}
                  </select>
                </label>
                <a href={rangesAddress(project, state.days)} download="" className={styles.button}>
                  <IconDownload size={14} stroke={1.7} aria-hidden="true" /> {t("export")}
                </a>
              </Says>
              {data.partial && <p className={styles.banner}>{t("partial", { why: data.reason })}</p>}
              {data.total.streams > 0 && (
                <>
                  <Totals delivery={data} days={state.days} />
                  <Senders delivery={data} state={state} update={update} />
                  <Streams delivery={data} rows={rows} list={list} state={state} update={update} />
                </>
              )}
            </>
          )}
        </div>
        {state.sel !== "" && <StreamPanel project={project} stream={state.sel} onClose={close} />}
      </div>
      {singleKeys && data !== undefined && data.total.streams > 0 && (
        <footer className={styles.foot}>
          <span>
            <kbd>j</kbd> <kbd>k</kbd> {t("hint.move")}
          </span>
          <span>
            <kbd>1</kbd>–<kbd>4</kbd> {t("hint.show")}
          </span>
          <span>
            <kbd>o</kbd> {t("hint.open")}
          </span>
          <span>
            <kbd>Esc</kbd> {t("hint.close")}
          </span>
        </footer>
      )}
    </div>
  );
}
