import type { Page } from "playwright-core";

/** A node of the tree that screen readers are given. */
export interface Heard {
  readonly role: string;
  readonly name: string;
  readonly description: string;
  readonly value: string;
  /** What it is and has: expanded, invalid, live, modal … */
  readonly states: Readonly<Record<string, unknown>>;
  readonly depth: number;
  /** The roles it lies in, the outermost first. */
  readonly within: readonly string[];
}

interface AXValue {
  readonly value?: unknown;
}
interface AXNode {
  readonly nodeId: string;
  readonly parentId?: string;
  readonly ignored: boolean;
  readonly role?: AXValue;
  readonly name?: AXValue;
  readonly description?: AXValue;
  readonly value?: AXValue;
  readonly properties?: readonly { readonly name: string; readonly value: AXValue }[];
}

const text = (value: AXValue | undefined) => String(value?.value ?? "");

/** The accessibility tree as Chromium computes it, without what it leaves out. */
export async function heard(page: Page): Promise<Heard[]> {
  const client = await page.context().newCDPSession(page);
  const { nodes } = (await client.send("Accessibility.getFullAXTree")) as unknown as { nodes: readonly AXNode[] };
  await client.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const above = (node: AXNode): AXNode[] => {
    const parent = node.parentId === undefined ? undefined : byId.get(node.parentId);
    return parent === undefined ? [] : [...above(parent), parent];
  };
  return nodes
    .filter((node) => !node.ignored)
    .map((node) => {
      const over = above(node).filter(({ ignored }) => !ignored);
      return {
        role: text(node.role), name: text(node.name), description: text(node.description), value: text(node.value), depth: over.length,
        states: Object.fromEntries((node.properties ?? []).map((p) => [p.name, p.value.value])),
        within: over.map((parent) => text(parent.role)),
      };
    });
}

/** What a person is to act on must say what it is. */
const acted = new Set(["button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "tab", "menuitem", "menuitemradio", "option", "switch"]);

/** Controls without a name, and places without one that there are several of. */
export function nameless(tree: readonly Heard[]): string[] {
  const several = ["navigation", "complementary", "region", "dialog", "grid", "table", "listbox", "menu", "slider"];
  return tree.filter(({ role, name }) => name.trim() === "" && (acted.has(role) || several.includes(role))).map(({ role, within }) => `${role} in ${within.join(" > ")}`);
}
