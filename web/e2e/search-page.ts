import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { type Answers, type Look, open } from "./browser";
import { events, type StoryEvent } from "./story";

/** Pictures to look at; the folder is not committed. */
export const shots = join(import.meta.dirname, "shots");
mkdirSync(shots, { recursive: true });
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The hour in which the story happens. */
export const range = "from=2026-11-20T06:00:00Z&to=2026-11-20T07:00:00Z";
export const phone: Look = { width: 390, height: 844, touch: true };

/** Opens the search page with the story behind it. */
export async function at(browser: Browser, path: string, look: Look = {}, answers: Answers = {}) {
  const opened = await open(browser, path, look, answers);
  const { page } = opened;
  return { ...opened, shot: (name: string) => page.screenshot({ path: join(shots, `${name}.png`) }), param: (name: string) => new URL(page.url()).searchParams.get(name) };
}

export const rows = (page: Page) => page.locator("[data-index]");
export const box = (page: Page) => page.locator(".cm-content");

/** The story's event at a place in the list. */
export function told(index: number): StoryEvent {
  const event = events()[index];
  if (event === undefined) throw new Error(`the story has no event ${index}`);
  return event;
}

/** What axe finds wrong, in words. Its rules run in the page, where our policy lets evaluate through. */
export async function flaws(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } };
    const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 300)}`));
  });
}
