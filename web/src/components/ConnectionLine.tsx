import { Button } from "@mantine/core";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCloudOff from "@tabler/icons-react/dist/esm/icons/IconCloudOff.mjs";
import { useEffect, useState, useSyncExternalStore } from "react";
import { connection } from "../api/connection";
import { useT } from "../i18n";
import styles from "./AppShell.module.css";

/** Seconds until `at`, counted down each second; never below 0. */
function useCountdown(at: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((at - now) / 1000));
}

function Offline({ since, nextTry }: { since: number; nextTry: number }) {
  const t = useT();
  const left = useCountdown(nextTry);
  return (
    <div className={styles.line}>
      <IconCloudOff size={16} stroke={1.7} />
      <span>
        <span role="alert">
          <b>{t("offline.title")}</b> {t("offline.since", { time: new Date(since).toLocaleTimeString(t.tag, { hour12: false }) })}
        </span>{" "}
        {left > 0 ? t("offline.trying", { n: left }) : t("offline.now")}
      </span>
      <i className="grow" />
      <Button onClick={connection.tryNow}>{t("offline.tryNow")}</Button>
    </div>
  );
}

/** One line below the bar while the server does not answer, and for a moment after it is back. */
export function ConnectionLine() {
  const t = useT();
  const value = useSyncExternalStore(connection.subscribe, connection.get);
  if (value.state === "offline") return <Offline since={value.since} nextTry={value.nextTry} />;
  if (value.back === undefined) return null;
  const clock = (ms: number) => new Date(ms).toLocaleTimeString(t.tag, { hour12: false });
  return (
    <div className={`${styles.line ?? ""} ${styles.back ?? ""}`} role="status">
      <IconCircleCheck size={16} stroke={1.7} />
      {t("offline.back", { from: clock(value.back.from), to: clock(value.back.to) })}
    </div>
  );
}
