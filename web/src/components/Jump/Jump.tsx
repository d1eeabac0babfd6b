import IconSearch from "@tabler/icons-react/dist/esm/icons/IconSearch.mjs";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useT } from "../../i18n";
import { count, eventTime, fullTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { cut, safeText } from "../../model/untrusted";
import { browserZone } from "../../model/zone";
import { Level } from "../Level";
import { Message } from "../Message";
import { Overlay } from "../Overlay";
import styles from "./Jump.module.css";
import { useJumpTexts } from "./jumpTexts";
import { type Choice, type Found, useJump } from "./useJump";

const groups = ["recognised", "search", "openTabs", "pages", "views", "recent", "do"] as const;
/** A list of one kind is cut here while nothing is typed. */
const mostIdle: Readonly<Partial<Record<Choice["group"], number>>> = { recent: 5 };

/** One box for everything: what was pasted is recognised, searched and opened; what is typed is a command. */
export function Jump({ onClose }: { onClose: () => void }) {
  const j = useJumpTexts();
  const t = useT();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useJump(text, count);
  const list = useRef<HTMLDivElement>(null);
  const shown = groups.flatMap((group) => found.choices.filter((choice) => choice.group === group).slice(0, text === "" ? mostIdle[group] : undefined));
  const chosen = Math.min(at, shown.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });
  const run = (choice: Choice | undefined, inTab: boolean) => {
    if (choice === undefined) return;
    onClose();
    choice.run(inTab);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (by !== 0) setAt((chosen + by + shown.length) % Math.max(1, shown.length));
    else if (e.key === "Enter" && !e.nativeEvent.isComposing) run(shown[chosen], e.ctrlKey || e.metaKey);
    else return;
    e.preventDefault();
  };
  return (
    <Overlay label={j("title")} onClose={onClose} place={{ left: "max(16px, calc(50vw - 440px))", top: "11vh", width: 880, maxWidth: "calc(100vw - 32px)", maxHeight: "78vh" }}>
      <div className={styles.top}>
        <IconSearch size={17} stroke={1.7} />
        <input
          data-autofocus
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={shown.length > 0 ? `${id}-${chosen}` : undefined}
          aria-label={j("title")}
          placeholder={j("hint")}
          spellCheck={false}
          autoComplete="off"
        />
        {found.said !== "" && (
          <span className={styles.said} role="status">
            {found.said}
          </span>
        )}
      </div>
      <div className={styles.halves}>
        <div ref={list} id={`${id}-list`} className={styles.list} role="listbox" aria-label={j("title")}>
          {groups.map((group) => {
            const own = shown.filter((choice) => choice.group === group);
            return own.length === 0 ? null : (
              <div key={group} role="group" aria-label={j(group)}>
                <div className={styles.group} aria-hidden="true">
                  {j(group)}
                </div>
                {own.map((choice) => {
                  const index = shown.indexOf(choice);
                  return (
                    <button key={choice.id} type="button" id={`${id}-${index}`} role="option" aria-selected={index === chosen} tabIndex={-1} className={styles.choice} onPointerMove={() => setAt(index)} onClick={(e) => run(choice, e.ctrlKey || e.metaKey)}>
                      <span className={choice.mono === true ? "mono ellipsis" : "ellipsis"}>{safeText(choice.text, 200)}</span>
                      <i>{choice.note}</i>
                    </button>
                  );
                })}
              </div>
            );
          })}
        </div>
        {shown.length === 0 && <p className={styles.none}>{j("nothing")}</p>}
        <Side found={found} />
      </div>
      <div className={styles.foot}>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> {j("choose")}
        </span>
        <span>
          <kbd>⏎</kbd> {j("open")}
        </span>
        <span>
          <kbd>Ctrl ⏎</kbd> {j("inTab")}
        </span>
        <span>
          <kbd>&gt;</kbd> {j("only")}
        </span>
        <span>
          <kbd>Esc</kbd> {t("common.close")}
        </span>
        <i className="grow" />
        <span>{j("promise")}</span>
      </div>
    </Overlay>
  );
}

const belongs = ["account", "staff", "callId", "session", "device", "app"] as const;

/** Whose the pasted thing is; while nothing is known, what can be pasted. */
function Side({ found }: { found: Found }) {
  const j = useJumpTexts();
  const { newest, looking, unseen } = found;
  const time = eventTime(newest?.time ?? "");
  return (
    <div className={styles.side}>
      {newest !== undefined && (
        <>
          <h2>{j("newest")}</h2>
          <p className="mono">
            <Level level={newest.level} /> {time === undefined ? newest.time : fullTime(time, browserZone())}
          </p>
          <p className={styles.message}>
            <Message text={cut(messageOf(newest), 400)} code={newest.errorCode ?? ""} hits={undefined} />
          </p>
          <h2>{j("belongs")}</h2>
          <dl>
            {belongs.map((name) => {
              const value = newest[name];
              return typeof value !== "string" || value === "" ? null : (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{safeText(value, 80)}</dd>
                </div>
              );
            })}
          </dl>
        </>
      )}
      {newest === undefined && looking && <p>{j("looking")}</p>}
      {newest === undefined && unseen && <p>{j("unseen")}</p>}
      <h2>{j("youCan")}</h2>
      <p>{j("youCanList")}</p>
    </div>
  );
}
