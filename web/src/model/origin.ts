/** What became of a typed origin. */
export type OriginRead =
  | { ok: true; origin: string }
  | { ok: false; why: "empty" | "scheme" | "wildcard" | "unreadable" };

/**
 * readOrigin makes what a key's list takes of what a person types: a whole
 * address loses its path, a bare host gets the scheme it most likely has.
 * Besides single origins the list takes `https://*.example.com` (all
 * subdomains), `*.example.com`, `null` (pages opened as a file) and `*` (any).
 */
export function readOrigin(typed: string): OriginRead {
  const text = typed.trim();
  if (text === "") return { ok: false, why: "empty" };
  if (text === "null" || text.startsWith("file:")) return { ok: true, origin: "null" };
  if (text === "*") return { ok: true, origin: "*" };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (!text.startsWith("*.")) return readOrigin((isLocal(text) ? "http://" : "https://") + text);
    const read = readOrigin(`https://${text}`);
    return read.ok ? { ok: true, origin: read.origin.slice("https://".length) } : read;
  }
  if (scheme !== "http" && scheme !== "https") return { ok: false, why: "scheme" };
  const host = text.slice(scheme.length + 3);
  const wild = host.startsWith("*.");
  if (wild ? /\*/.test(host.slice(2)) || !/^[^/:]+\.[^/:]+/.test(host.slice(2)) : host.includes("*")) return { ok: false, why: "wildcard" };
  try {
    const url = new URL(`${scheme}://${wild ? host.slice(2) : host}`);
    if (url.host === "" || url.username !== "" || url.password !== "") return { ok: false, why: "unreadable" };
    return { ok: true, origin: `${scheme}://${wild ? "*." : ""}${url.host}` };
  } catch {
    return { ok: false, why: "unreadable" };
  }
}

/** isLocal says whether an address names the machine that it is used on. */
export function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]|[^/:]+\.localhost)(:\d+)?(\/|$)/i.test(host);
}

/** coversOrigin says whether a list lets a page of this origin use its key, as the server will decide it. */
export function coversOrigin(list: readonly string[], origin: string): boolean {
  const asked = origin.toLowerCase();
  return list.some((entry) => {
    if (entry === "*" || entry === asked) return true;
    const star = entry.indexOf("*.");
    if (star < 0) return false;
    const [scheme, before, domain] = [/^https?:\/\//.exec(asked)?.[0], entry.slice(0, star), entry.slice(star + 2)];
    if (scheme === undefined || (before !== "" && before !== scheme)) return false;
    const host = before === "" ? asked.slice(scheme.length).replace(/:\d+$/, "") : asked.slice(scheme.length);
    const sub = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : "";
    return sub !== "" && !/[:/@]/.test(sub);
  });
}
