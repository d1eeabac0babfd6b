import { tokenize } from "./queryTokens";

/** Whether a query has a pipe, so that its answer is a table and not events. */
export function hasPipe(text: string): boolean {
  return text.includes("|") && tokenize(text).some(({ kind }) => kind === "pipe");
}

/** The query before its first pipe, and the pipes after it. */
export function partPipe(text: string): { readonly main: string; readonly pipes: readonly string[] } {
  const bars = tokenize(text).filter(({ kind }) => kind === "pipe");
  const main = text.slice(0, bars[0]?.from ?? text.length).trim();
  return { main, pipes: bars.map(({ to }, i) => text.slice(to, bars[i + 1]?.from ?? text.length).trim()) };
}
