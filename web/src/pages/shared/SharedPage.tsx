import { useQuery } from "@tanstack/react-query";
import { readShare } from "../../api/shares";
import { Loading } from "../../components/Loading";
import { Logo } from "../../components/Logo";
import { LanguageLinks } from "../../components/LanguageLinks";
import { useTitle } from "../../hooks/useTitle";
import { eventTime, fullTime } from "../../model/format";
import { browserZone, isZone } from "../../model/zone";
import styles from "./Shared.module.css";
import { SharedEnd } from "./SharedEnd";
import { SharedRows } from "./SharedRows";
import { SharedTable } from "./SharedTable";
import { useSharedTexts } from "./texts";

/** What a shared link shows: one view, read-only, without an account. The token stands behind the # and is sent in a header alone. */
export function SharedPage() {
  const s = useSharedTexts();
  const token = window.location.hash.slice(1);
  const { data: share, error, refetch } = useQuery({ queryKey: ["share", token], queryFn: ({ signal }) => readShare(token, signal), staleTime: Number.POSITIVE_INFINITY, retry: false });
  useTitle(share?.name || s("title"));
  if (error !== null) return <SharedEnd error={error} onAgain={() => void refetch()} />;
  if (share === undefined) return <Loading />;
  const tz = share.params["tz"] ?? "";
  const zone = isZone(tz) ? tz : browserZone();
  const moment = (text: string) => {
    const time = eventTime(text);
    return time === undefined ? text : `${fullTime(time, zone).slice(0, 19)} ${zone}`;
  };
  const q = share.params["q"] ?? "";
  const columns = (share.params["cols"] ?? "").split(",").map((column) => column.replace(/:\d+$/, "")).filter((column) => column !== "" && !column.startsWith("@"));
  return (
    <main className={styles.page}>
      <div className={styles.top}>
        <Logo size={26} />
        <h1>{share.name === "" ? s("fromOnly", { owner: share.owner }) : s("from", { owner: share.owner, name: share.name })}</h1>
        <LanguageLinks />
      </div>
      <div className={styles.facts}>
        <div>{s("range", { from: moment(share.from), to: moment(share.to) })}</div>
        <div>
          {s("query")}: {q.trim() === "" ? s("all") : <code>{q}</code>}
        </div>
        <div>{s("until", { time: moment(share.expires) })}</div>
      </div>
      <SharedTable token={token} piped={q.includes("|")} otherwise={<SharedRows token={token} columns={columns} zone={zone} />} />
    </main>
  );
}
