import { CloseButton } from "@mantine/core";
import { useJumpTexts, type JumpTexts } from "../../components/Jump/jumpTexts";
import { Overlay } from "../../components/Overlay";
import { useT } from "../../i18n";
import styles from "./KeysOverlay.module.css";

type Does = Extract<Parameters<JumpTexts>[0], `k_${string}`>;
type Kind = "rows" | "thread" | "time" | "go";

/** A key of the drawn keyboard: its name, and what it does here. Widths are in units of a letter's key. */
interface Cap {
  readonly name: string;
  readonly width?: number;
  readonly does?: Does;
  readonly kind?: Kind;
}

const free = (names: string): Cap[] => [...names].map((name) => ({ name }));
const cap = (name: string, does: Does, kind: Kind = "rows", width = 1): Cap => ({ name, does, kind, width });

/** The keyboard of this page. What stands on it is what usePageKeys, the jump box and the tabs act on. */
const board: readonly (readonly Cap[])[] = [
  [cap("Esc", "k_close"), ...free("1234567890-="), { name: "⌫", width: 1.6 }],
  [cap("Tab", "k_cell", "rows", 1.4), ...free("QWER"), cap("T", "k_trace", "thread"), cap("Y", "k_copy"), ...free("UIOP"), cap("[", "k_earlier", "time"), cap("]", "k_later", "time"), { name: "\\", width: 1.2 }],
  [{ name: "Caps", width: 1.7 }, cap("A", "k_around", "thread"), ...free("SD"), cap("F", "k_filter"), cap("G", "k_go", "go"), ...free("H"), cap("J", "k_next"), cap("K", "k_before"), cap("L", "k_live", "time"), ...free(";'"), cap("Enter", "k_open", "rows", 1.9)],
  [cap("Shift", "k_other", "rows", 2.1), cap("Z", "k_zoom", "time"), ...free("X"), cap("C", "k_column"), cap("V", "k_wrap", "time"), ...free("BNM,."), cap("/", "k_query"), cap("Shift", "k_other", "rows", 2.5)],
  [cap("Ctrl", "k_jump", "go", 2.1), { name: "Alt", width: 1.6 }, cap("Space", "k_pause", "time", 7.4), { name: "Alt", width: 1.6 }, cap("Ctrl", "k_jump", "go", 1.9)],
];

type Title = Extract<Parameters<JumpTexts>[0], `map${string}`>;
interface KeyList {
  readonly title: Title;
  readonly keys: readonly (readonly [keys: string, does: Does])[];
}

const boxKeys: KeyList = { title: "mapBox", keys: [["⏎", "k_run"], ["Shift+⏎", "k_line"], ["↑ ↓", "k_history"], ["Esc", "k_leave"]] };
const pageKeys: KeyList = { title: "mapTabs", keys: [["Ctrl+K", "k_anything"], ["Alt+1 – 9", "k_tab"], ["Alt+N W", "k_newTab"], ["g", "k_go"]] };
const speedKeys: KeyList = { title: "mapSpeed", keys: [["1 – 5", "k_group"], ["j k", "k_rows"], ["J K", "k_unusual"], ["⏎", "k_events"], ["o", "k_side"], ["[ ]", "k_earlierLater"]] };
const searchLists: readonly KeyList[] = [
  { title: "mapShift", keys: [["J K", "k_errors"], ["F", "k_exclude"], ["Z", "k_out"], ["Y", "k_link"], ["?", "k_map"]] },
  boxKeys,
  { title: "mapChart", keys: [["← →", "k_bucket"], ["Shift+→", "k_widen"], ["PgUp PgDn", "k_tenBuckets"], ["⏎", "k_zoomIn"], ["[ ]", "k_earlierLater"]] },
  { title: "mapPipe", keys: [["1 – 4", "k_kind"], ["j k", "k_rows"], ["x", "k_series"], ["← →", "k_step"], ["⏎", "k_events"], ["Esc", "k_noStep"]] },
  speedKeys,
  pageKeys,
];
/** What Speed has of its own; the keyboard that is drawn is that of the search page. */
const speedLists: readonly KeyList[] = [speedKeys, boxKeys, { ...pageKeys, keys: pageKeys.keys.filter(([, does]) => does === "k_anything" || does === "k_go") }];

const kinds = [["rows", "mapRows"], ["thread", "mapThread"], ["time", "mapTime"], ["go", "mapGo"]] as const;

/** The keys of the page, drawn as they lie under the hands, as a list for those who hear them, and the switch for single keys. */
export function KeysOverlay({ of = "search", on, onSwitch, onClose }: { of?: "search" | "speed"; on: boolean; onSwitch: (on: boolean) => void; onClose: () => void }) {
  const t = useT();
  const j = useJumpTexts();
  const drawn = of === "search";
  return (
    <Overlay label={t("keys.title")} onClose={onClose} place={{ left: "max(16px, calc(50vw - 550px))", top: "8vh", width: 1100, maxWidth: "calc(100vw - 32px)", maxHeight: "86vh" }}>
      <div className={styles.top}>
        <h2>{t("keys.title")}</h2>
        {drawn && kinds.map(([kind, text]) => (
          <span key={kind} className={styles.legend} data-kind={kind}>
            {j(text)}
          </span>
        ))}
        <i className="grow" />
        <label title={t("keys.single")}>
          <input type="checkbox" checked={on} onChange={(e) => onSwitch(e.target.checked)} /> {t("keys.switch")}
        </label>
        <CloseButton size="sm" aria-label={t("common.close")} onClick={onClose} />
      </div>
      {drawn && <Board j={j} />}
      <div className={styles.lists}>
        {(drawn ? searchLists : speedLists).map(({ title, keys }) => (
          <section key={title}>
            <h3>{j(title)}</h3>
            <dl>
              {keys.map(([names, does]) => (
                <div key={does}>
                  <dt>
                    {names.split(" ").map((name) => (name === "–" ? name : <kbd key={name}>{name}</kbd>))}
                  </dt>
                  <dd>{j(does)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={styles.foot}>
        {j("mapEvery")} {t("keys.single")}
      </p>
    </Overlay>
  );
}

function Board({ j }: { j: JumpTexts }) {
  return (
    <>
      <div className={styles.board} aria-hidden="true">
        {board.map((row) => (
          <div key={row[0]?.name} className={styles.row}>
            {row.map(({ name, does, kind, width = 1 }, i) => (
              <span key={`${name}${i > 9 ? "r" : ""}`} className={styles.cap} data-kind={kind} style={{ flexGrow: width, flexBasis: 0 }}>
                <b>{name}</b>
                {does !== undefined && <small>{j(does)}</small>}
              </span>
            ))}
          </div>
        ))}
      </div>
      <h3 className="sr-only">{j("mapList")}</h3>
      <dl className="sr-only">
        {board.flat().map(({ name, does }, i) =>
          does === undefined ? null : (
            <div key={`${name}${i}`}>
              <dt>{name}</dt>
              <dd>{j(does)}</dd>
            </div>
          ),
        )}
      </dl>
    </>
  );
}
