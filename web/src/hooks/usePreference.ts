import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`clewline.${name}`);
  } catch {
    return null;
  }
}

/** A choice that this browser remembers, as text; shared by all who use its name. */
export function usePreference(name: string, standard: string): readonly [string, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => read(name)) ?? standard;
  const set = useCallback(
    (next: string) => {
      try {
        localStorage.setItem(`clewline.${name}`, next);
      } catch {
        return; // storage is forbidden: nothing can be remembered
      }
      for (const listener of listeners) listener();
    },
    [name],
  );
  return [value, set];
}

/** The same for a switch. */
export function useFlag(name: string, standard: boolean): readonly [boolean, (value: boolean) => void] {
  const [value, set] = usePreference(name, standard ? "on" : "off");
  const setFlag = useCallback((on: boolean) => set(on ? "on" : "off"), [set]);
  return [value === "on", setFlag];
}
