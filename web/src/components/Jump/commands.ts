/** What can be done from the jump box. */
export interface Command {
  readonly id: string;
  readonly group: "pages" | "openTabs" | "views" | "recent" | "do";
  readonly text: string;
  /** A query or an id, set in mono. */
  readonly mono?: true;
  /** Said at the right: what it is, or the key that does the same. */
  readonly note?: string;
  readonly run: () => void;
}

/** Gives commands when the box is opened; one that fails gives none. */
export type CommandSource = () => readonly Command[] | Promise<readonly Command[]>;

const sources = new Set<CommandSource>();

/** Adds commands to the jump box until the returned function is called: a page adds its own while it is open. */
export function registerCommands(source: CommandSource): () => void {
  sources.add(source);
  return () => sources.delete(source);
}

/** All commands as they are now. */
export async function allCommands(): Promise<readonly Command[]> {
  const lists = await Promise.all([...sources].map(async (source) => source()).map((list) => list.catch(() => [])));
  return lists.flat();
}
