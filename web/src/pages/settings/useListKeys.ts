import { useEffect } from "react";

/** j and k walk a list of names, n begins a new one, Esc closes what is open; single keys not while somebody types. */
export function useListKeys(names: readonly string[], selected: string, select: (name: string) => void, idOf: (name: string) => string, on: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
      const target = event.target instanceof Element ? event.target : undefined;
      if (target?.closest("[role=menu], [role=dialog]")) return;
      if (event.key === "Escape" && selected !== "") {
        select("");
        document.getElementById(idOf(selected))?.focus();
        return;
      }
      if (!on || target?.closest("input, textarea, select, [contenteditable]")) return;
      if (event.key === "n") {
        event.preventDefault(); // or the letter lands in the field that opens
        select("new");
      } else if (event.key === "j" || event.key === "k") {
        const at = names.indexOf(selected);
        const next = names[Math.min(names.length - 1, Math.max(0, at < 0 ? 0 : at + (event.key === "j" ? 1 : -1)))];
        if (next === undefined) return;
        select(next);
        document.getElementById(idOf(next))?.focus();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [names, selected, select, idOf, on]);
}
