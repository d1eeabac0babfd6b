import { useState } from "react";
import { useT } from "../../i18n";
import { allZones, browserZone, isZone, offsetName } from "../../model/zone";

/** The zone in which times are read and shown: the browser's, UTC, or any other by its name. */
export function ZoneSelect({ tz, onChange }: { tz: string; onChange: (tz: string) => void }) {
  const t = useT();
  const own = browserZone();
  const [now] = useState(() => Date.now());
  const others = allZones().filter((zone) => zone !== own && zone !== "UTC");
  const option = (zone: string) => `${zone} (${offsetName(now, zone)})`;
  return (
    <label>
      {t("time.zone")}
      <select value={tz === own ? "" : tz} onChange={(e) => onChange(e.target.value)}>
        <option value="">
          {own} · {t("time.zoneBrowser")}
        </option>
        {own !== "UTC" && <option value="UTC">UTC</option>}
        {tz !== "" && tz !== own && tz !== "UTC" && isZone(tz) && !others.includes(tz) && <option value={tz}>{option(tz)}</option>}
        {others.map((zone) => (
          <option key={zone} value={zone}>
            {option(zone)}
          </option>
        ))}
      </select>
    </label>
  );
}
