import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import styles from "./DropMenu.module.css";

export interface MenuItem {
  readonly key: string;
  readonly text: string;
  /** A tick for what is chosen, else an icon. */
  readonly checked?: boolean;
  readonly icon?: ReactNode;
  readonly lang?: string;
  readonly label?: string;
  readonly onSelect: () => void;
}

export interface MenuSection {
  readonly key: string;
  readonly title?: string;
  readonly items: readonly MenuItem[];
}

interface Props {
  readonly label: string;
  readonly title?: string;
  readonly className: string | undefined;
  /** Which edge of the button the menu keeps to. */
  readonly align: "left" | "right";
  /** What came from people or machines stands in mono. */
  readonly mono?: boolean;
  readonly sections: () => readonly MenuSection[];
  readonly children: ReactNode;
}

/**
 * A button with a menu below it: arrows walk, Enter chooses, Esc and a click
 * elsewhere close it and give the focus back. Our own, because the library's
 * would bring 25 kB into the first page.
 */
export function DropMenu({ label, title, className, align, mono = false, sections, children }: Props) {
  const [host, setHost] = useState<Element>(); // where it is open
  const open = host !== undefined;
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setHost(undefined);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={title}
        onClick={(e) => setHost(open ? undefined : landmark(e.currentTarget))}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown" && !open) {
            e.preventDefault();
            setHost(landmark(e.currentTarget));
          }
        }}
      >
        {children}
      </button>
      {host !== undefined && createPortal(<List anchor={button} align={align} label={label} mono={mono} sections={sections()} onClose={close} />, host)}
    </>
  );
}

/** Where the menu is put: into the button's own landmark, by which those who hear the page know where they are. */
function landmark(button: HTMLElement): Element {
  return button.closest("header, nav, main") ?? document.body;
}

interface ListProps {
  readonly anchor: React.RefObject<HTMLButtonElement | null>;
  readonly align: "left" | "right";
  readonly label: string;
  readonly mono: boolean;
  readonly sections: readonly MenuSection[];
  readonly onClose: () => void;
}

function List({ anchor, align, label, mono, sections, onClose }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];

  useLayoutEffect(() => {
    const box = anchor.current?.getBoundingClientRect();
    const menu = list.current;
    if (box === undefined || menu === null) return;
    const left = align === "left" ? box.left : box.right - menu.offsetWidth;
    menu.style.left = `${Math.max(8, Math.min(left, window.innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(box.bottom + 4, window.innerHeight - menu.offsetHeight - 8))}px`;
    (menu.querySelector<HTMLElement>("[role^=menuitem]") ?? menu).focus();
  }, [anchor, align]);

  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    const outside = (e: PointerEvent) => {
      if (!(e.target instanceof Node) || list.current?.contains(e.target) === true || anchor.current?.contains(e.target) === true) return;
      latest.current();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [anchor]);

  const onKeyDown = (e: KeyboardEvent) => {
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    const next: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const to = next[e.key];
    if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else if (e.key === "Escape" || e.key === "Tab") onClose();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <div ref={list} className={styles.menu} role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
      {sections.map((section) => (
        <div key={section.key} className={styles.section} role="group" aria-label={section.title}>
          {section.title !== undefined && <div className={styles.title}>{section.title}</div>}
          {section.items.map((item) => (
            <button
              key={item.key}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.checked}
              aria-label={item.label}
              lang={item.lang}
              title={mono ? item.text : undefined}
              tabIndex={-1}
              className={`${styles.item ?? ""} ${mono ? (styles.mono ?? "") : ""}`}
              onClick={() => {
                onClose();
                item.onSelect();
              }}
            >
              {item.checked === true ? <IconCheck size={14} stroke={1.7} /> : (item.icon ?? <span />)}
              <span className={styles.text}>{item.text}</span>
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}
