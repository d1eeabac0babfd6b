/** What somebody may do, from most to least. */
export const roles = ["admin", "editor", "reader", "support"] as const;
export type Role = (typeof roles)[number];

/** Role, account and projects only together say what somebody may. */
export interface May {
  readonly role: Role;
  /** The one account that support sees; "" for the other roles. */
  readonly account: string;
  /** Empty for an admin, who sees all. */
  readonly projects: readonly string[];
}

export interface Person extends May {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly lastSeen: string | null;
  readonly sessions: number;
  /** They have not chosen a password yet. */
  readonly waiting: boolean;
  /** When their one-time link ends; null when there is none. */
  readonly linkUntil: string | null;
  readonly you: boolean;
}

/** A person with the one-time link that was just made: the only moment it is known. */
export interface PersonWithLink extends Person {
  readonly link: { readonly path: string; readonly expires: string };
}

export interface Session {
  readonly id: string;
  readonly address: string;
  readonly agent: string;
  readonly created: string;
  readonly used: string | null;
  readonly expires: string;
  /** The one that asks. */
  readonly this: boolean;
}

/** What a form says of a person, tidied: an admin has no projects, only support has an account. */
export function tidyMay(may: May): May {
  return {
    role: may.role,
    account: may.role === "support" ? may.account.trim() : "",
    projects: may.role === "admin" ? [] : may.projects.toSorted((a, b) => a.localeCompare(b)),
  };
}

/** Why a form cannot be sent yet. */
export function faultOf(may: May): "account" | "projects" | undefined {
  if (may.role === "support" && may.account.trim() === "") return "account";
  return may.role !== "admin" && may.projects.length === 0 ? "projects" : undefined;
}

/** Who may change the catalog and can log in: one of them must stay. */
export function isLastAdmin(people: readonly Person[], id: string): boolean {
  const admins = people.filter((p) => p.role === "admin" && !p.waiting);
  return admins.length === 1 && admins[0]?.id === id;
}

/** What the sentence above the list says. */
export function summarisePeople(people: readonly Person[]): { people: number; admins: number; waiting: number } {
  return { people: people.length, admins: people.filter((p) => p.role === "admin").length, waiting: people.filter((p) => p.waiting).length };
}

/** A browser as people call it, out of the long name that it gives itself; "" when it is not known. */
export function browserOf(agent: string): string {
  const names = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]] as const;
  return names.find(([sign]) => agent.includes(sign))?.[1] ?? agent.split(/[/ ]/, 1)[0] ?? "";
}
