/** Settings: deleting a project, and giving a key another name. Loaded with their pages. */
export const projectDelete = {
  "title": "Delete the project",
  "ask": "Delete {project}…",
  "text.events": { one: "{n} event, {bytes}, is found by nobody from the moment you delete it; then the files are rewritten without it.", other: "{n} events, {bytes}, are found by nobody from the moment you delete it; then the files are rewritten without them." },
  "text.keys": { one: "Its {n} working key stops at once: what still sends with it is refused and told so, and pages and servers that carry it lose what they log.", other: "Its {n} working keys stop at once: what still sends with them is refused and told so, and pages and servers that carry them lose what they log." },
  "text.rest": "Its saved views, shared links, sources, limits and memberships go too. It cannot be undone; backups that are older lose the project's events when they are restored. That you did it stays in the audit trail.",
  "confirm": "Type {project} to confirm",
  "keep": "Keep it",
  "sure": "Delete it for good",
  "name": "Name",
  "name.save": "Rename",
  "name.saved": "Renamed.",
} as const;
