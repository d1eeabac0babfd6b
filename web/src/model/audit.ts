/** What the audit trail is asked for; what is empty matches all. */
export interface AuditFilter {
  readonly actor: string;
  readonly action: string;
  readonly project: string;
  readonly from: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly project: string;
  readonly detail: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

/** The kinds of acts that can be asked for: the first part of an action. */
export const auditKinds = ["key", "user", "session", "project", "login", "events", "redaction", "retention", "erasure"] as const;

/** The filter as it stands in the page's address. */
export function filterOf(search: Readonly<Record<string, string | undefined>>): AuditFilter {
  return { actor: search["actor"] ?? "", action: search["action"] ?? "", project: search["of"] ?? "", from: search["from"] ?? "" };
}

/** Who did it: the name, and what kind of somebody. */
export function actorOf(actor: string): { kind: "user" | "key" | "address" | "local"; name: string } {
  const cut = actor.indexOf(":");
  const kind = cut < 0 ? actor : actor.slice(0, cut);
  return kind === "user" || kind === "key" || kind === "address" ? { kind, name: actor.slice(cut + 1) } : { kind: "local", name: actor };
}
