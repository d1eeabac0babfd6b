import { useEffect } from "react";
import { useFlag } from "../../hooks/usePreference";

/** j and k walk the list, n begins a new key, Esc closes the panel; not while somebody types. */
export function useKeyListKeys(keys: readonly { readonly id: string }[], selected: string, select: (id: string) => void, on: boolean): void {
  const [singleKeys] = useFlag("keys", true);
  useEffect(() => {
    if (!on) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], [role=menu], [role=dialog]") !== null;
      if (event.key === "Escape" && selected !== "" && !(event.target instanceof Element && event.target.closest("[role=menu]") !== null)) {
        select("");
        document.getElementById(`key-${selected}`)?.focus();
        return;
      }
      if (typing || !singleKeys) return;
      if (event.key === "n") {
        event.preventDefault(); // or the letter lands in the field that opens
        select("new");
      } else if (event.key === "j" || event.key === "k") {
        const at = keys.findIndex((key) => key.id === selected);
        const next = keys[Math.min(keys.length - 1, Math.max(0, at < 0 ? 0 : at + (event.key === "j" ? 1 : -1)))];
        if (next === undefined) return;
        select(next.id);
        document.getElementById(`key-${next.id}`)?.focus();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [keys, selected, select, on, singleKeys]);
}
