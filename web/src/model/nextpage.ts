/** The page that somebody asked for before we had to ask who they are. */
export interface NextPage {
  /** Path, query and hash within this site. */
  href: string;
  /** Which page it is, for the words around it. */
  page: "search" | "add-data" | "settings" | "other";
  /** What it shows, in the visitor's own words: the query or event id; may be empty. */
  about: string;
}

const home: NextPage = { href: "/search", page: "search", about: "" };

/**
 * nextPage reads the `next` parameter of the log-in page. Whatever does not
 * clearly lead to a page of this site leads to the search page: a link that
 * somebody else made must not send a freshly logged-in person elsewhere.
 */
export function nextPage(next: string | undefined, origin: string): NextPage {
  if (next === undefined || next.length > 4096) return home;
  // Browsers drop tabs and line feeds and read "\" as "/", so "/\evil" is "//evil".
  if (!next.startsWith("/") || /^\/[/\\]/.test(next) || hasControl(next)) return home;
  const url = parse(next, origin);
  if (!url || url.origin !== origin) return home;
  // "/..//evil" climbs to the path "//evil", which alone is another host.
  if (url.pathname === "/" || url.pathname.startsWith("//") || /^\/(login|setup)(\/|$)/.test(url.pathname)) return home;
  const href = url.pathname + url.search + url.hash;
  if (url.pathname === "/search") {
    return { href, page: "search", about: url.searchParams.get("q") ?? url.searchParams.get("sel") ?? "" };
  }
  if (url.pathname === "/add-data") return { href, page: "add-data", about: "" };
  if (url.pathname === "/settings" || url.pathname.startsWith("/settings/")) return { href, page: "settings", about: "" };
  return { href, page: "other", about: url.pathname };
}

function parse(path: string, origin: string): URL | undefined {
  try {
    return new URL(path, origin);
  } catch {
    return undefined;
  }
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}
