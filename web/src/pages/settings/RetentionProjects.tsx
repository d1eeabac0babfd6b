import IconFolder from "@tabler/icons-react/dist/esm/icons/IconFolder.mjs";
import IconServer2 from "@tabler/icons-react/dist/esm/icons/IconServer2.mjs";
import { bytes, count } from "../../model/format";
import { dayLabel, type Keep, keepOf, type KeptProject, nextRemoval, type Retention, totalOf } from "../../model/retention";
import styles from "./Retention.module.css";
import { type RetentionTexts, useRetentionTexts } from "./retentionTexts";
import table from "./Settings.module.css";

/** Limits in words: "30 days, at most 5 GB". */
export function keepWords(t: RetentionTexts, keep: Keep): string {
  const days = keep.days === 0 ? t("limit.ever") : t("limit.days", { n: keep.days });
  return keep.bytes === 0 ? days : t("limit.both", { days, bytes: t("limit.bytes", { bytes: bytes(keep.bytes) }) });
}

interface Props {
  readonly retention: Retention;
  readonly selected: string;
  readonly onSelect: (sel: string) => void;
}

/** The server, then each project: since when, how much, and what goes next. */
export function RetentionProjects({ retention, selected, onSelect }: Props) {
  const t = useRetentionTexts();
  const all = totalOf(retention.projects.flatMap((p) => p.days));
  return (
    <table className={`${table.table} ${styles.table}`} aria-label={t("list.title")}>
      <thead>
        <tr>
          <th scope="col">{t("col.project")}</th>
          <th scope="col">{t("col.since")}</th>
          <th scope="col" className="num">{t("col.events")}</th>
          <th scope="col" className="num">{t("col.size")}</th>
          <th scope="col">{t("col.limit")}</th>
          <th scope="col">{t("col.next")}</th>
        </tr>
      </thead>
      <tbody>
        {/* The button in each row does the same for the keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
        <tr data-on={selected === "server" || undefined} onClick={() => onSelect("server")}>
          <td>
            <button type="button" id="key-server" className={table.name} aria-pressed={selected === "server"}>
              <IconServer2 size={14} stroke={1.7} aria-hidden="true" />
              <b>{t("server")}</b>
            </button>
          </td>
          <td>{all.oldest !== "" && dayLabel(all.oldest, retention.today, t.tag)}</td>
          <td className="num">{count(all.events)}</td>
          <td className="num">{bytes(all.bytes)}</td>
          <td>{retention.storeBytes > 0 ? t("limit.bytes", { bytes: bytes(retention.storeBytes) }) : t("server.line")}</td>
          <td>{t("server.free", { bytes: bytes(retention.keepFree || retention.keepFreeNow) })}</td>
        </tr>
        {retention.projects.map((project) => (
          <Row key={project.name} project={project} retention={retention} on={selected === `p:${project.name}`} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ project, retention, on, onSelect }: { project: KeptProject; retention: Retention; on: boolean; onSelect: (sel: string) => void }) {
  const t = useRetentionTexts();
  const total = totalOf(project.days);
  const next = nextRemoval(retention, project);
  const day = (text: string) => dayLabel(text, retention.today, t.tag);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr data-on={on || undefined} onClick={() => onSelect(`p:${project.name}`)}>
      <td>
        <button type="button" id={`key-p:${project.name}`} className={table.name} aria-pressed={on}>
          <IconFolder size={14} stroke={1.7} aria-hidden="true" />
          <b>{project.name}</b>
        </button>
      </td>
      <td>{total.oldest !== "" && day(total.oldest)}</td>
      <td className="num">{count(total.events)}</td>
      <td className="num">{bytes(total.bytes)}</td>
      <td>
        {project.gone ? (
          t("limit.gone")
        ) : (
          <>
            {keepWords(t, keepOf(retention, project))} {project.own === null && <span className="muted">{t("limit.others")}</span>}
          </>
        )}
      </td>
      <td>{next === undefined ? <span className="muted">{t("next.never")}</span> : t(`next.${next.why}`, { day: day(next.day), on: day(next.on) })}</td>
    </tr>
  );
}
