import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleX from "@tabler/icons-react/dist/esm/icons/IconCircleX.mjs";
import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import IconShieldCheck from "@tabler/icons-react/dist/esm/icons/IconShieldCheck.mjs";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { pulls as readPulls } from "../../api/clients";
import { FetchError } from "../../components/FetchError";
import { isOpen, pulledSearch } from "../../model/clients";
import { clock } from "../../model/format";
import { safeText } from "../../model/untrusted";
import { browserZone } from "../../model/zone";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";
import { usePullSentence } from "./PullProgress";

/** The most that a panel lists. */
const most = 8;

/** What was asked of a device. */
export function ClientPulls({ device, project }: { device: string; project: string }) {
  const t = useClientsTexts();
  const say = usePullSentence();
  const { data, error, refetch } = useQuery({
    queryKey: ["pulls", project, device],
    queryFn: ({ signal }) => readPulls(project, device, signal),
    refetchInterval: ({ state }) => (state.data?.some(isOpen) === true ? 2000 : false),
  });
  const time = (text: string) => clock(Date.parse(text), browserZone()).hms.slice(0, 5);
  return (
    <>
      <h3>{t("pulls.of")}</h3>
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {data?.length === 0 && <p className="muted">{t("pulls.none")}</p>}
      <ul className={styles.pulls}>
        {data?.slice(0, most).map((one) => {
          const Icon = one.state === "done" ? IconCircleCheck : isOpen(one) ? IconClock : IconCircleX;
          return (
            <li key={one.id} data-tone={one.state === "done" ? "ok" : isOpen(one) ? undefined : "bad"}>
              <Icon size={14} stroke={1.7} aria-hidden="true" />
              <span>
                <Link to="/search" search={pulledSearch(project, one)}>
                  {time(one.from)} – {time(one.to)}
                </Link>
                , {one.level}: {say(one)}{" "}
                <small>
                  {safeText(one.by.replace(/^user:/, ""), 40)} {time(one.asked)}
                </small>
              </span>
            </li>
          );
        })}
        <li>
          <IconShieldCheck size={14} stroke={1.7} aria-hidden="true" />
          <small>{t("pulls.signed")}</small>
        </li>
      </ul>
    </>
  );
}
