import { useCallback, useEffect, useState } from "react";

/** One short sentence for a moment: that something was copied, or why it was not. */
export function useToast(): readonly [string, (text: string) => void] {
  const [state, setState] = useState({ text: "", n: 0 });
  const { text, n } = state;
  useEffect(() => {
    if (text === "") return undefined;
    const timer = setTimeout(() => setState((old) => (old.n === n ? { text: "", n } : old)), 2500);
    return () => clearTimeout(timer);
  }, [text, n]);
  const say = useCallback((next: string) => setState((old) => ({ text: next, n: old.n + 1 })), []);
  return [text, say];
}
