import { useCallback, useRef, useState } from "react";
import type { Assist, Caret } from "../../components/QueryBox/QueryBox";

/** The list that helps with typing: where it stands, and which of its options is chosen. */
export interface CompletionState {
  readonly caret: Caret | undefined;
  readonly onCaret: (caret: Caret | undefined) => void;
  readonly assist: React.RefObject<Assist | null>;
  readonly option: string | undefined;
  readonly setOption: (id: string | undefined) => void;
}

export function useCompletion(): CompletionState {
  const [caret, setCaret] = useState<Caret>();
  const [option, setOption] = useState<string>();
  const assist = useRef<Assist>(null);
  const onCaret = useCallback((next: Caret | undefined) => {
    setCaret(next);
    if (next === undefined) setOption(undefined);
  }, []);
  return { caret, onCaret, assist, option, setOption };
}
