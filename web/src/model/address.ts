/** Reads a query string ("?q=a&sel=7") into its parameters; all values stay text. */
export function readQuery(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/**
 * Writes parameters as a query string, "?" included, "" when there are none.
 * The signs of the query language that are harmless in an address stay
 * readable, since people paste these links into chats.
 */
export function writeQuery(query: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  }
  const text = params
    .toString()
    .replaceAll("%3A", ":")
    .replaceAll("%2F", "/")
    .replaceAll("%2C", ",")
    .replaceAll("%40", "@")
    .replaceAll("%28", "(")
    .replaceAll("%29", ")");
  return text === "" ? "" : `?${text}`;
}
