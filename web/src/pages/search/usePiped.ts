import { useCallback, useMemo, useState } from "react";
import type { UnknownField } from "../../api/types";
import { hasPipe } from "../../model/pipeText";

/** What the server said about a query with pipes itself. */
export interface Said {
  readonly error: Error | undefined;
  readonly unknown: readonly UnknownField[];
}

const silence: Said = { error: undefined, unknown: [] };

/** Whether the query has a pipe: then the page shows its table, and asks for no events. */
export function usePiped(q: string) {
  const on = useMemo(() => hasPipe(q), [q]);
  const [turn, setTurn] = useState(0);
  const [said, onSaid] = useState(silence);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { on, turn, again, said: on ? said : silence, onSaid };
}
