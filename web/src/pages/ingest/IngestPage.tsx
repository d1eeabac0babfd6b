import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ingestQuery } from "../../api/ingest";
import { meQuery } from "../../api/session";
import { InBar } from "../../components/BarSlot";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { type Ingest, sum } from "../../model/ingest";
import { Completeness } from "./Completeness";
import { Doors } from "./Doors";
import { Facts } from "./Facts";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";
import { Letters } from "./Letters";
import { DurableChart, RateChart } from "./Rates";
import { Reasons } from "./Reasons";
import { Segments } from "./Segments";
import { Troubles } from "./Troubles";

/** What comes in, how fast it is on disk, and what was not understood. */
export function IngestPage() {
  const t = useIngestTexts();
  const project = useProject();
  const { tab, scope } = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin";
  const asked = admin && scope === "all" ? "" : project;
  const { data, error, refetch } = useQuery({ ...ingestQuery(asked), enabled: me !== undefined && (admin || project !== "") });
  useTitle(t("title"));
  return (
    <div className={styles.page}>
      <Tabs dead={data === undefined ? 0 : sum(data.incoming.doors, "hour").rejected} />
      <h1 className="sr-only">{t("title")}</h1>
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {tab === "letters" ? <Letters key={project} project={project} admin={admin} /> : data === undefined ? error === null && <Loading /> : <Overview data={data} admin={admin} project={project} />}
    </div>
  );
}

function Overview({ data, admin, project }: { data: Ingest; admin: boolean; project: string }) {
  const common = useT();
  const empty = data.kept.events === 0 && data.incoming.doors.length === 0;
  return (
    <div className={styles.body}>
      <Troubles health={data.health} />
      {empty && (
        <p className={styles.empty}>
          {common("empty.server")}{" "}
          <Link to="/add-data" search={{ project }}>
            {common("empty.link")}
          </Link>
        </p>
      )}
      <Facts data={data} />
      <div className={styles.charts}>
        <RateChart incoming={data.incoming} now={new Date(data.now)} project={data.project} />
        <DurableChart incoming={data.incoming} />
      </div>
      <div className={styles.middle}>
        <Doors data={data} admin={admin} project={project} />
        <div className={styles.side}>
          <Reasons project={project} rejected={sum(data.incoming.doors, "total").rejected} />
          <Completeness project={project} />
        </div>
      </div>
      <Segments data={data} admin={admin} />
    </div>
  );
}

function Tabs({ dead }: { dead: number }) {
  const t = useIngestTexts();
  const navigate = useNavigate();
  const { project, tab = "", scope } = useSearch({ strict: false });
  const keep = { ...(project === undefined ? {} : { project }), ...(scope === undefined ? {} : { scope }) };
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const all = scope === "all";
  return (
    <>
      <InBar place="left">
        <span className="rule" />
        <nav className={styles.tabs} aria-label={t("tabs")}>
          <Link to="/ingest" search={keep} activeProps={{ "aria-current": tab === "" ? "page" : undefined }}>
            {t("tab.overview")}
          </Link>
          <Link to="/ingest" search={{ ...keep, tab: "letters" }} activeProps={{ "aria-current": tab === "letters" ? "page" : undefined }}>
            {t("tab.letters")} {dead > 0 && <span className={styles.badge}>{count(dead)}</span>}
          </Link>
          <Link to="/delivery" search={project === undefined ? {} : { project }}>
            {t("tab.delivery")}
          </Link>
        </nav>
      </InBar>
      {me?.user.role === "admin" && tab === "" && (
        <InBar place="right">
          <button type="button" className={styles.scope} aria-pressed={all} onClick={() => void navigate({ to: "/ingest", search: (old) => ({ ...old, scope: all ? "" : "all" }) })}>
            {t("scope.all")}
          </button>
        </InBar>
      )}
    </>
  );
}
