import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import type { SourceRecord } from "../../model/sources";
import { agoOrDate } from "../../model/waiting";
import settings from "./Settings.module.css";
import styles from "./Sources.module.css";
import { useSourceTexts } from "./useSourceTexts";

interface Props {
  readonly sources: readonly SourceRecord[];
  readonly selected: string;
  readonly project: string;
  readonly onSelect: (name: string) => void;
}

export const sourceRowId = (name: string) => `source-${name}`;

/** One row a source: how it reads, and what came by it since the server started. */
export function SourcesTable({ sources, selected, project, onSelect }: Props) {
  const t = useT();
  const s = useSourceTexts();
  const now = useNow(60_000);
  const own = (source: SourceRecord) => {
    const fields = Object.keys(source.settings.fields ?? {}).length;
    const levels = Object.keys(source.settings.levels ?? {}).length;
    return [...(fields > 0 ? [s("own.fields", { n: fields })] : []), ...(levels > 0 ? [s("own.levels", { n: levels })] : [])].join(t.language === "zh" ? "、" : ", ");
  };
  return (
    <table className={`${settings.table ?? ""} ${styles.table ?? ""}`} aria-label={s("list", { project })}>
      <thead>
        <tr>
          <th scope="col">{s("col.name")}</th>
          <th scope="col">{s("col.format")}</th>
          <th scope="col">{s("col.own")}</th>
          <th scope="col">{s("col.last")}</th>
          <th scope="col" className="num">
            {s("col.accepted")}
          </th>
          <th scope="col" className="num">
            {s("col.rejected")}
          </th>
        </tr>
      </thead>
      <tbody>
        {sources.map((source) => (
          // The button in it does the same for the keyboard.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
          <tr key={source.name} data-on={source.name === selected || undefined} onClick={() => onSelect(source.name)}>
            <td>
              <button type="button" id={sourceRowId(source.name)} className={`${settings.name ?? ""} ${styles.name ?? ""}`} aria-pressed={source.name === selected} translate="no">
                {source.name}
              </button>
            </td>
            <td translate="no">{source.settings.format}</td>
            <td>{own(source)}</td>
            <td>{source.last === null ? <span className="muted">{s("never")}</span> : agoOrDate(source.last, new Date(now), t.tag)}</td>
            <td className="num">{count(source.accepted)}</td>
            <td className="num" data-warn={source.rejected > 0 || undefined}>
              {count(source.rejected)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
