const key = "clewline.history";
const most = 50;

/** The queries that were run before, newest first; kept in this browser only. */
export function queryHistory(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(value) ? value.filter((q): q is string => typeof q === "string").slice(0, most) : [];
  } catch {
    return []; // storage is forbidden, or holds something else
  }
}

/** Puts a query at the top; the same one moves there. Blank ones are not kept. */
export function remember(q: string): void {
  const text = q.trim();
  if (text === "" || text.length > 4000) return;
  const list = [text, ...queryHistory().filter((old) => old !== text)].slice(0, most);
  try {
    localStorage.setItem(key, JSON.stringify(list));
  } catch {
    // Storage is full or forbidden: the history ends here.
  }
}
