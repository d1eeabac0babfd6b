import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, rows } from "./search-page";
import { events, wire } from "./story";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("live", () => {
  const story = events(3).map((event, i) => ({ ...event, id: `live.${i + 1}`, msg: `live ${i + 1}` }));
  const stream = ["event: open\ndata: {}\n\n", ...story.map((e) => `event: event\nid: ${e.id}\ndata: ${wire(e)}\n\n`), 'event: dropped\ndata: {"count":17}\n\n'].join("");

  test("rows arrive at the top, what was dropped is told, Space pauses", async () => {
    const { page, context, param, shot } = await at(browser, `/search?from=-1h`, {}, { tail: stream });
    await rows(page).first().waitFor();
    await page.keyboard.press("l");
    await expect.poll(() => param("view")).toBe("live");
    await rows(page).filter({ hasText: "live 3" }).waitFor();
    await rows(page).filter({ hasText: "ws ping" }).first().waitFor(); // and what was there before
    await page.getByText("17 events came faster than this page could read").waitFor();
    await page.keyboard.press("Space");
    await page.getByText(/^Paused\./).waitFor();
    await shot("live-paused");
    expect(await flaws(page)).toEqual([]);
    await page.keyboard.press("l");
    await expect.poll(() => param("view")).toBeNull();
    await context.close();
  });
});
