import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { meQuery } from "../../api/session";
import { browserZone, isZone, offsetName, zoneNames } from "../../model/zone";
import { useViewTexts } from "./ViewPanel";
import styles from "./ViewPanel.module.css";

const mostListed = 8;

/** The clock of the page: this browser's, UTC, the server's, or any place that the browser knows. */
export function ZoneChoice({ tz, onChange }: { tz: string; onChange: (tz: string) => void }) {
  const v = useViewTexts();
  const group = useId();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const [now] = useState(() => Date.now());
  const [find, setFind] = useState("");
  const own = browserZone();
  const chosen = tz === own ? "" : tz;
  const server = me?.zone ?? "";
  const listed = new Map<string, string>([["", v("local", { zone: own })]]);
  if (own !== "UTC") listed.set("UTC", "UTC");
  if (isZone(server) && server !== own && server !== "UTC") listed.set(server, v("server", { zone: server }));
  if (chosen !== "" && !listed.has(chosen) && isZone(chosen)) listed.set(chosen, chosen);
  const wanted = find.trim().toLowerCase().replaceAll(" ", "_");
  const found = useMemo(() => (wanted === "" ? [] : zoneNames(wanted).slice(0, mostListed)), [wanted]);
  const choose = (zone: string) => {
    setFind("");
    onChange(zone === own ? "" : zone);
  };
  return (
    <section>
      <h3 id={group}>{v("zone")}</h3>
      <div role="radiogroup" aria-labelledby={group}>
        {[...listed].map(([zone, label]) => (
          <label key={zone} className={styles.switch}>
            <input type="radio" name={group} checked={chosen === zone} onChange={() => choose(zone)} />
            <span>{label}</span>
            <i>{offsetName(now, zone === "" ? own : zone)}</i>
          </label>
        ))}
      </div>
      <input
        className={styles.find}
        value={find}
        onChange={(e) => setFind(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter" && found[0] !== undefined) choose(found[0]);
        }}
        placeholder={v("zoneHint")}
        aria-label={v("otherZone")}
        spellCheck={false}
      />
      <ul className={styles.fields}>
        {found.map((zone) => (
          <li key={zone}>
            <button type="button" onClick={() => choose(zone)}>
              {zone} <i>{offsetName(now, zone)}</i>
            </button>
          </li>
        ))}
      </ul>
      {wanted !== "" && found.length === 0 && <p role="status">{v("noZone")}</p>}
    </section>
  );
}
