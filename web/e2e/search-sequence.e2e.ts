import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, range } from "./search-page";
import { events, scanned, wire } from "./story";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const q = "sequence by session [errorCode:TICKET_EXPIRED] then [/ticket/refresh] within 5s";

describe("a sequence", () => {
  for (const [scheme, language, note] of [["light", "en", "2 first events are not decided yet"], ["dark", "zh", "有 2 个首事件尚未判定"]] as const) {
    test(`shows what followed each first event, and what is not decided, ${scheme} ${language}`, async () => {
      const [next = "", ...firsts] = events().slice(0, 4).map(wire);
      const { page, context, shot } = await at(browser, `/search?${range}&q=${encodeURIComponent(q)}`, { scheme, language }, {
        search: async (route) => {
          const rows = firsts.map((first) => first.replace(/\}$/, `,"then":[${next}]}`));
          const sequence = { first: 5, undecided: 2, leftOut: 0, decidedTo: "2026-11-20T06:59:00Z" };
          await route.fulfill({ contentType: "application/x-ndjson", body: [...rows, JSON.stringify({ clewline: { partial: false, count: 3, scanned, ms: 38, sequence } })].join("\n") });
          return true;
        },
      });
      await page.getByText(note).waitFor();
      expect(await page.getByText(/^ → \+/).count()).toBe(3);
      await shot(`sequence-${scheme}`);
      expect(await flaws(page)).toEqual([]);
      await context.close();
    });
  }
});
