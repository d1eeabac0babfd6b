import type { Icon } from "@tabler/icons-react";
import IconEye from "@tabler/icons-react/dist/esm/icons/IconEye.mjs";
import IconServer2 from "@tabler/icons-react/dist/esm/icons/IconServer2.mjs";
import IconWorld from "@tabler/icons-react/dist/esm/icons/IconWorld.mjs";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { isRevoked, type KeyRecord, type KeyType, stateOf } from "../../model/keys";
import { agoOrDate } from "../../model/waiting";
import styles from "./Settings.module.css";
import { useKeyState } from "./useKeyState";

export const typeIcons: Record<KeyType, Icon> = { browser: IconWorld, server: IconServer2, read: IconEye };

interface Props {
  readonly keys: readonly KeyRecord[];
  readonly selected: string;
  readonly project: string;
  readonly onSelect: (id: string) => void;
}

/** One row a key. The name is the button that opens it; on a phone each row is a card. */
export function KeyTable({ keys, selected, project, onSelect }: Props) {
  const t = useT();
  return (
    <table className={styles.table} aria-label={t("key.list", { project })}>
      <thead>
        <tr>
          <th scope="col">{t("key.col.name")}</th>
          <th scope="col">{t("key.col.key")}</th>
          <th scope="col">{t("key.col.may")}</th>
          <th scope="col">{t("key.col.from")}</th>
          <th scope="col">{t("key.col.used")}</th>
          <th scope="col">{t("key.col.state")}</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row key={key.id} record={key} on={key.id === selected} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ record, on, onSelect }: { record: KeyRecord; on: boolean; onSelect: (id: string) => void }) {
  const t = useT();
  const now = useNow(30_000);
  const state = stateOf(record, new Date(now));
  const words = useKeyState(record);
  const TypeIcon = typeIcons[record.type];
  const origins = record.origins ?? [];
  return (
    // The button in it does the same for the keyboard.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr data-on={on || undefined} data-gone={isRevoked(record) || undefined} onClick={() => onSelect(record.id)}>
      <td>
        <button type="button" id={`key-${record.id}`} className={styles.name} aria-pressed={on}>
          <TypeIcon size={14} stroke={1.7} aria-hidden="true" />
          <b>{record.name || t("key.unnamed")}</b>
          <span className="sr-only">{t(`key.type.${record.type}`)}</span>
        </button>
      </td>
      <td className="mono">{record.prefix}</td>
      <td>{t(record.type === "read" ? "key.may.read" : "key.may.write")}</td>
      <td>{record.type !== "browser" ? t("key.from.any") : origins.length === 1 ? <code>{origins[0]}</code> : t("key.from.origins", { n: origins.length })}</td>
      <td>{record.lastUsed ? agoOrDate(record.lastUsed, new Date(now), t.tag) : t("key.used.never")}</td>
      <td data-warn={["no-origin", "never-used", "long-unused"].includes(state.state) || undefined}>{words}</td>
    </tr>
  );
}
