import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, box, flaws, range, rows } from "./search-page";
import { events, histogram, scanned, wire } from "./story";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("states", () => {
  test("nothing matches: all was read, and what comes close is counted", async () => {
    const { page, context, param, shot } = await at(browser, `/search?${range}&q=service:call-api+and+timeout`, {}, {
      search: async (route, url) => {
        const none = url.searchParams.get("q") === "service:call-api and timeout";
        const near = [
          { q: "service:call-api and *timeout*", why: "part", count: 312 },
          { q: "service:call-api and timeout", why: "earlier", from: "2026-11-18T06:00:00Z", to: "2026-11-18T07:00:00Z", count: 1284, more: true },
        ];
        const end = { partial: false, count: none ? 0 : 1, scanned, ms: 38, ...(none ? { near } : {}) };
        await route.fulfill({ contentType: "application/x-ndjson", body: [...(none ? [] : events(1).map(wire)), JSON.stringify({ clewline: end })].join("\n") });
        return true;
      },
      histogram: (url) => ({ ...histogram(url.searchParams.get("from") ?? "", url.searchParams.get("to") ?? "", Number(url.searchParams.get("buckets"))), ...(url.searchParams.get("q") === "service:call-api and timeout" ? { total: 0, buckets: [], levels: {} } : {}) }),
    });
    await page.getByRole("heading", { name: "Nothing matches from Today 14:00 to Today 15:00" }).waitFor();
    await page.getByRole("button", { name: "service:call-api and *timeout*" }).waitFor();
    await page.getByText("≥ 1,284 events").waitFor();
    await shot("state-empty");
    expect(await flaws(page)).toEqual([]);
    await page.getByRole("button", { name: "service:call-api and *timeout*" }).click();
    await expect.poll(() => param("q")).toBe("service:call-api and *timeout*");
    await context.close();
  });

  test("a part of the answer says so in the banner, the chart and the count", async () => {
    const { page, context, shot } = await at(browser, `/search?${range}`, {}, {
      search: async (route) => {
        const list = events(40);
        await route.fulfill({ contentType: "application/x-ndjson", body: [...list.map(wire), JSON.stringify({ clewline: { partial: true, reason: "Stopped after 20 s; 14:00 – 14:13 was not read.", count: 40, scanned: { ...scanned, segments: 326 }, ms: 20000, next: "c" } })].join("\n") });
        return true;
      },
      histogram: (url) => {
        const whole = histogram(url.searchParams.get("from") ?? "", url.searchParams.get("to") ?? "", Number(url.searchParams.get("buckets")));
        return { ...whole, partial: true, total: 1004, buckets: whole.buckets.map((b, i) => (i < 13 ? { ...b, counts: {} } : b)) };
      },
    });
    await page.getByText("Part of the answer.").waitFor();
    await page.getByText("not read", { exact: true }).waitFor();
    expect(await page.getByRole("status").filter({ hasText: "at least 1,004 events" }).count()).toBeGreaterThan(0);
    await shot("state-partial");
    expect(await flaws(page)).toEqual([]);
    await context.close();
  });

  test("an answer that breaks off is no whole answer", async () => {
    const { page, context } = await at(browser, `/search?${range}`, {}, {
      search: async (route) => {
        await route.fulfill({ contentType: "application/x-ndjson", body: events(30).map(wire).join("\n") });
        return true;
      },
    });
    await page.getByText("The answer broke off before its end.").waitFor();
    expect(await page.getByText("whole answer").count()).toBe(0);
    await context.close();
  });

  test("loading keeps the layout, and Esc stops it", async () => {
    const { page, context, shot } = await at(browser, `/search?${range}`, {}, { search: () => new Promise(() => undefined) });
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("slider", { name: /Events over time/ }).waitFor();
    await shot("state-loading");
    await page.keyboard.press("Escape");
    await page.getByText("stopped by you").waitFor();
    await context.close();
  });

  test("without the server one red line counts down, and all comes back by itself", async () => {
    let down = false;
    const { page, context, shot } = await at(browser, `/search?${range}`, {}, { away: () => down });
    await rows(page).first().waitFor();
    down = true;
    await box(page).focus();
    await page.keyboard.type("x");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "The server does not answer." }).waitFor();
    expect(await rows(page).count()).toBeGreaterThan(10);
    await shot("state-offline");
    expect(await flaws(page)).toEqual([]);
    down = false;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText(/^Back\./).waitFor();
    await page.getByText("whole answer").waitFor();
    await context.close();
  });

  test("on a server without an administrator the page says where the way in is", async () => {
    const { page, context } = await at(browser, "/search", {}, { me: { status: 401, body: { error: { code: "unauthorized", message: "Log in." }, setup: true } } });
    await page.getByText("terminal").first().waitFor();
    await context.close();
  });

  test("an empty server shows one line and the way to Add data", async () => {
    const { page, context } = await at(browser, "/search", {}, { me: { status: 200, body: { user: { name: "ada", role: "admin" }, projects: [{ name: "p" }], version: "0.1.0", zone: "UTC", empty: true } } });
    await page.getByText("Nothing has arrived yet.").waitFor();
    expect(await page.getByRole("main").getByRole("link").count()).toBe(1);
    await context.close();
  });
});
