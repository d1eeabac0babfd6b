import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { Link } from "@tanstack/react-router";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { type Door, type Ingest, perSecond } from "../../model/ingest";
import { agoOrDate } from "../../model/waiting";
import styles from "./Ingest.module.css";
import { type IngestTexts, useIngestTexts } from "./ingestTexts";

const known = ["track", "events", "lines"] as const;

/** Each way in: what arrives there, how much, what became of it, and from whom. */
export function Doors({ data, admin, project }: { data: Ingest; admin: boolean; project: string }) {
  const t = useIngestTexts();
  const common = useT();
  const now = new Date(data.now);
  const { doors, minute, since } = data.incoming;
  // A door that nobody has used yet is a door all the same.
  const unused = known.filter((name) => !doors.some((door) => door.door === name));
  return (
    <section className={styles.doors} aria-labelledby="ingest-doors">
      <h2 className={styles.sec} id="ingest-doors">
        {t("doors.title")} <small>{t("doors.sub", { since: agoOrDate(since, now, t.tag) })}</small>
        <i className="grow" />
        {admin && (
          <Link to="/add-data" search={{ project }}>
            <IconPlus size={14} stroke={1.7} aria-hidden="true" /> {common("nav.addData")}
          </Link>
        )}
      </h2>
      {/* Reachable by the keyboard, because it may scroll. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} tabIndex={0} role="group" aria-labelledby="ingest-doors">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("col.door")}</th>
              <th scope="col">{t("col.what")}</th>
              {(["rate", "events", "dead", "refused", "late", "corrected", "redacted", "again"] as const).map((name) => (
                <th key={name} scope="col" className="num">
                  {t(`col.${name}`)}
                </th>
              ))}
              <th scope="col">{t("col.last")}</th>
              <th scope="col">{t("col.from")}</th>
            </tr>
          </thead>
          <tbody>
            {doors.map((door) => (
              <Row key={door.door} door={door} seconds={minute} now={now} />
            ))}
            {unused.map((name) => (
              <tr key={name}>
                <th scope="row" className="mono">
                  POST /v1/{name}
                </th>
                <td colSpan={9}>{t(`door.${name}`)}</td>
                <td className="muted" colSpan={2}>
                  {t("door.never")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ door, seconds, now }: { door: Door; seconds: number; now: Date }) {
  const t = useIngestTexts();
  const { total } = door;
  const refused = total.slowed + total.refused + total.failed;
  const figures: readonly (readonly [string, number, boolean])[] = [
    ["events", total.events, false], ["dead", total.rejected, true], ["refused", refused, true], ["late", total.late, false],
    ["corrected", total.corrected, false], ["redacted", total.redacted, false], ["again", total.duplicates, false],
  ];
  return (
    <tr>
      <th scope="row" className="mono">
        {door.door === "replay" ? door.door : `POST /v1/${door.door}`}
      </th>
      <td>{what(t, door.door)}</td>
      <td className="num mono">
        <b>{count(perSecond(door.minute.events, seconds))}</b>
      </td>
      {figures.map(([name, n, odd]) => (
        <td key={name} className="num mono" data-odd={(odd && n > 0) || undefined} data-zero={n === 0 || undefined}>
          {count(n)}
        </td>
      ))}
      <td>{door.last === null ? "" : agoOrDate(door.last, now, t.tag)}</td>
      <td>
        <From door={door} />
      </td>
    </tr>
  );
}

function what(t: IngestTexts, door: string): string {
  if (door === "track" || door === "events" || door === "lines" || door === "replay") return t(`door.${door}`);
  return t("door.other");
}

/** The senders: the names of their keys, and where the last request came from. */
function From({ door }: { door: Door }) {
  const t = useIngestTexts();
  const shown = door.keys.slice(0, 3);
  const more = door.keys.length - shown.length + door.moreKeys;
  return (
    <>
      {shown.map((key, i) => (
        <span key={`${key.project} ${key.id}`} title={key.from}>
          {i > 0 && ", "}
          {key.name || t("key.unnamed")} <code className="muted">{key.from}</code>
        </span>
      ))}
      {more > 0 && <span className="muted"> {t("door.keys", { n: more })}</span>}
    </>
  );
}
