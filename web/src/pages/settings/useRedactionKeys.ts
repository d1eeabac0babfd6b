import { useEffect } from "react";
import type { Rule } from "../../model/redaction";

/** Puts the focus on a rule's name. */
export function focusRule(id: string): void {
  document.getElementById(`rule-${id}`)?.focus();
}

/** j and k walk the rules, Alt and an arrow moves one, n begins a new one, J goes to the next doubt, Esc closes; not while somebody types. */
export function useRedactionKeys(rules: readonly Rule[], selected: string, select: (id: string) => void, move: (id: string, by: -1 | 1) => void, on: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.defaultPrevented || event.isComposing) return;
      const target = event.target instanceof Element ? event.target : undefined;
      if (target?.closest("[role=menu], [role=dialog]")) return;
      if (event.key === "Escape" && selected !== "") {
        select("");
        focusRule(selected);
        return;
      }
      if (target?.closest("input, textarea, select, [contenteditable]")) return;
      if (event.altKey) {
        if ((event.key === "ArrowUp" || event.key === "ArrowDown") && selected !== "" && selected !== "new") {
          event.preventDefault();
          move(selected, event.key === "ArrowUp" ? -1 : 1);
        }
        return;
      }
      if (!on) return;
      if (event.key === "n") {
        event.preventDefault(); // or the letter lands in the field that opens
        select("new");
      } else if (event.key === "J") {
        nextDoubt();
      } else if (event.key === "j" || event.key === "k") {
        const at = rules.findIndex((rule) => rule.id === selected);
        const next = rules[Math.min(rules.length - 1, Math.max(0, at < 0 ? 0 : at + (event.key === "j" ? 1 : -1)))];
        if (next === undefined) return;
        select(next.id);
        focusRule(next.id);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [rules, selected, select, move, on]);
}

function nextDoubt(): void {
  const doubts = [...document.querySelectorAll<HTMLElement>("[data-doubt]")];
  const at = doubts.findIndex((row) => row === document.activeElement);
  doubts[(at + 1) % doubts.length]?.focus();
}
