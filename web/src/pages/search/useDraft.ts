import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ApiError } from "../../api/client";
import { check } from "../../api/search";
import type { UnknownField } from "../../api/types";
import type { Flaw } from "../../components/QueryBox/QueryBox";
import { tokenize, wordAt } from "../../model/queryTokens";

export interface Problem {
  readonly message: string;
  readonly column: number | undefined;
  readonly want: string | undefined;
}

export interface Draft {
  readonly text: string;
  readonly set: (text: string) => void;
  readonly problem: Problem | undefined;
  readonly unknown: readonly UnknownField[];
  readonly flaws: readonly Flaw[];
}

function toProblem(error: unknown): Problem | undefined {
  return error instanceof ApiError && error.code === "invalid_query" ? { message: error.message, column: error.column, want: error.want } : undefined;
}

/** Where in a query a field of this name stands. */
function placesOf(text: string, name: string): Flaw[] {
  return tokenize(text)
    .filter(({ kind, from, to }) => kind === "field" && text.slice(from, to).replaceAll('"', "") === name)
    .map(({ from, to }) => ({ from, to, kind: "doubt" }));
}

/**
 * What is being typed. It follows the address when that changes; while it
 * differs, it is checked by the server a moment after the last key, and what
 * is wrong or doubtful is marked at its place.
 */
export function useDraft(q: string, runError: Error | undefined, unknownOfRun: readonly UnknownField[]): Draft {
  const [state, setState] = useState({ base: q, text: q });
  if (state.base !== q) setState({ base: q, text: q });
  const { text } = state;

  const [settled] = useDebouncedValue(text, 250);
  const typed = text !== q;
  const checked = useQuery({
    queryKey: ["check", settled],
    queryFn: ({ signal }) => check(settled, signal),
    enabled: typed && settled.trim() !== "",
    retry: false,
    staleTime: 600_000,
  });

  // A check that is about another text says nothing about this one.
  const current = typed && settled === text;
  const problem = useMemo(() => {
    if (!typed) return toProblem(runError);
    return current ? toProblem(checked.error) : undefined;
  }, [typed, current, runError, checked.error]);
  const unknown = typed ? (current ? checked.data?.unknownFields : undefined) : unknownOfRun;

  const flaws = useMemo<readonly Flaw[]>(() => {
    if (problem?.column !== undefined) return [{ ...wordAt(text, problem.column), kind: "error" }];
    return (unknown ?? []).flatMap(({ name }) => placesOf(text, name));
  }, [problem, unknown, text]);

  return { text, set: (next) => setState({ base: q, text: next }), problem, unknown: unknown ?? [], flaws };
}
