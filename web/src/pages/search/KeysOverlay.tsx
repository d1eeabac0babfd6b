import { CloseButton } from "@mantine/core";
import { Overlay } from "../../components/Overlay";
import { type Key, useT } from "../../i18n";
import styles from "./KeysOverlay.module.css";

const keys: readonly { readonly keys: readonly string[]; readonly does: Extract<Key, `keys.${string}`> }[] = [
  { keys: ["/"], does: "keys.query" },
  { keys: ["⏎"], does: "keys.run" },
  { keys: ["j", "k"], does: "keys.rows" },
  { keys: ["J", "K"], does: "keys.errors" },
  { keys: ["←", "→", "Tab"], does: "keys.cells" },
  { keys: ["Esc"], does: "keys.close" },
  { keys: ["f", "F"], does: "keys.filter" },
  { keys: ["c"], does: "keys.column" },
  { keys: ["y", "Y"], does: "keys.copy" },
  { keys: ["a"], does: "keys.around" },
  { keys: ["v"], does: "keys.wrap" },
  { keys: ["[", "]"], does: "keys.shift" },
  { keys: ["z", "Z"], does: "keys.zoom" },
  { keys: ["l"], does: "keys.live" },
  { keys: ["Space"], does: "keys.pause" },
  { keys: ["?"], does: "keys.help" },
];

/** All keys of the page, and the switch for them. */
export function KeysOverlay({ on, onSwitch, onClose }: { on: boolean; onSwitch: (on: boolean) => void; onClose: () => void }) {
  const t = useT();
  return (
    <Overlay label={t("keys.title")} onClose={onClose} place={{ left: "max(16px, calc(50vw - 340px))", top: "12vh", width: 680, maxWidth: "calc(100vw - 32px)", maxHeight: "76vh" }}>
      <div className={styles.body}>
        <div className={styles.top}>
          <div>
            <h2>{t("keys.title")}</h2>
            <p>{t("keys.single")}</p>
          </div>
          <i className="grow" />
          <label>
            <input type="checkbox" checked={on} onChange={(e) => onSwitch(e.target.checked)} /> {t("keys.switch")}
          </label>
          <CloseButton size="sm" aria-label={t("common.close")} onClick={onClose} />
        </div>
        <dl className={styles.list}>
          {keys.map(({ keys: names, does }) => (
            <div key={does}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{t(does)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Overlay>
  );
}
