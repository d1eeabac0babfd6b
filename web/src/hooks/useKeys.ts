import { useEffect, useRef } from "react";

/** What each key does, by its name: "j", "Shift+J" is "J", "Space", "Escape". Return false to let the browser have it. */
export type KeyMap = Readonly<Record<string, (() => boolean | void) | undefined>>;

/** Whether somebody is writing there. */
export function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Whether the element does something of its own with that key. */
export function hasOwn(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('[role="dialog"], [role="menu"]') !== null) return true;
  return (key === " " || key === "Enter") && target.closest("button, a, [role=button], [role=tab], summary") !== null;
}

/**
 * Single keys for the page. They act only when no field has the focus and no
 * dialog is open; keys with Ctrl, Alt or Cmd belong to the browser.
 */
export function useKeys(map: KeyMap, on: boolean): void {
  const latest = useRef(map);
  useEffect(() => {
    latest.current = map;
  });
  useEffect(() => {
    if (!on) return undefined;
    const listen = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
      if (isField(e.target) || hasOwn(e.target, e.key)) return;
      const act = latest.current[e.key === " " ? "Space" : e.key];
      if (act === undefined || act() === false) return;
      e.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [on]);
}
