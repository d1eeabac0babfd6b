import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** How a visitor sees the pages. */
export interface Look {
  readonly scheme: "light" | "dark";
  readonly language: "en" | "zh";
  readonly size: "desk" | "phone";
}

/** Four of the eight, in which each two values of different kinds meet. */
export const looks: readonly Look[] = [
  { scheme: "light", language: "en", size: "desk" },
  { scheme: "dark", language: "zh", size: "desk" },
  { scheme: "light", language: "zh", size: "phone" },
  { scheme: "dark", language: "en", size: "phone" },
];

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export function visitor(browser: Browser, look: Look = { scheme: "light", language: "en", size: "desk" }): Promise<BrowserContext> {
  return browser.newContext({
    viewport: look.size === "desk" ? { width: 1440, height: 900 } : { width: 390, height: 844 },
    hasTouch: look.size === "phone",
    colorScheme: look.scheme,
    locale: look.language === "zh" ? "zh-CN" : "en-US",
    permissions: ["clipboard-read", "clipboard-write"],
  });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeWindow {
  axe: { run(root: Document, options: unknown): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] }> };
}

/** What is wrong with a page for people who cannot see or point: nothing, if all is well. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await (window as unknown as AxeWindow).axe.run(document, { runOnly: rules })).violations;
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary ?? ""})`).join("; ")}`);
}

/** How far the page is wider than its window, which nobody should have to scroll. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const beyond = [...document.querySelectorAll("main *")].filter((element) => {
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.right <= window.innerWidth + 1) return false;
      // What stands in a box that scrolls by itself is reachable.
      for (let up = element.parentElement; up !== null; up = up.parentElement) {
        const { overflowX } = getComputedStyle(up);
        if (overflowX === "auto" || overflowX === "scroll") return false;
      }
      return !(element instanceof SVGElement);
    });
    return Math.max(0, document.documentElement.scrollWidth - window.innerWidth, ...beyond.map((element) => element.getBoundingClientRect().right - window.innerWidth));
  });
}
