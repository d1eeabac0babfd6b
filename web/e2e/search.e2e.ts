import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answers, launch, type Look, open } from "./browser";
import { events, histogram, scanned, wire } from "./story";

const shots = join(import.meta.dirname, "shots");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const range = "from=2026-11-20T06:00:00Z&to=2026-11-20T07:00:00Z";
const phone: Look = { width: 390, height: 844, touch: true };

let browser: Browser;
beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());

async function at(path: string, look: Look = {}, answers: Answers = {}) {
  const opened = await open(browser, path, look, answers);
  const { page } = opened;
  return { ...opened, shot: (name: string) => page.screenshot({ path: join(shots, `${name}.png`) }), param: (name: string) => new URL(page.url()).searchParams.get(name) };
}

const rows = (page: Page) => page.locator("[data-index]");
const box = (page: Page) => page.locator(".cm-content");

/** What axe finds wrong, in words. Its rules run in the page, where our policy lets evaluate through. */
async function flaws(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } };
    const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 300)}`));
  });
}

describe("the query", () => {
  test("Enter runs it, it stands in the address, and Back undoes it", async () => {
    const { page, context, param, complaints } = await at(`/search?${range}`);
    await rows(page).first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("level:error");
    expect(param("q")).toBeNull();
    await page.keyboard.press("Enter");
    await expect.poll(() => param("q")).toBe("level:error");
    await page.goBack();
    await expect.poll(() => box(page).innerText()).not.toContain("level:error");
    expect(param("q")).toBeNull();
    await box(page).focus();
    await page.keyboard.press("ArrowUp");
    expect(await box(page).innerText()).toBe("level:error");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("x");
    expect(await box(page).innerText()).toBe("x");
    await page.keyboard.press("Control+z");
    expect(await box(page).innerText()).toBe("level:error");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("an error is marked at its column with a sentence, and the last answer stays", async () => {
    const wrong = { status: 400, body: { error: { code: "invalid_query", message: "After errorCode: a value was expected.", column: 34, want: 'a value, *, "…" or ( … )' } } };
    const bad = "account:acct-7731 and errorCode:>= and timeCost:";
    const { page, context, shot } = await at(`/search?${range}`, {}, {
      check: (q) => (q === bad ? wrong : { status: 200, body: { ok: true, text: q, words: [] } }),
      search: async (route, url) => {
        if (url.searchParams.get("q") !== bad) return false;
        await route.fulfill({ status: 400, contentType: "application/json", body: JSON.stringify(wrong.body) });
        return true;
      },
    });
    await rows(page).first().waitFor();
    await box(page).focus();
    await page.keyboard.insertText(bad);
    await page.getByRole("alert").filter({ hasText: "Column 34:" }).waitFor(); // while typing, before it is run
    expect(await page.locator(".q-wrong").innerText()).toBe("=");
    await page.keyboard.press("Enter");
    await page.getByText("events of the last query that worked").waitFor();
    expect(await rows(page).count()).toBeGreaterThan(10);
    await shot("state-error");
    expect(await flaws(page)).toEqual([]);
    await context.close();
  });

  test("a Chinese input method keeps its Enter", async () => {
    const { page, context, param } = await at(`/search?${range}`);
    await rows(page).first().waitFor();
    await box(page).focus();
    const client = await context.newCDPSession(page);
    await client.send("Input.imeSetComposition", { text: "票据", selectionStart: 2, selectionEnd: 2 });
    // While it composes, the method has the key: the page sees "Process".
    await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Process", code: "Enter", windowsVirtualKeyCode: 229 });
    expect(param("q")).toBeNull();
    await client.send("Input.insertText", { text: "票据" });
    await page.keyboard.press("Enter");
    await expect.poll(() => param("q")).toBe("票据");
    await context.close();
  });

  test("a field that nobody knows is doubted, and the meant one put in by a click", async () => {
    const { page, context, param } = await at(`/search?${range}&q=errocode:*`, {}, {
      search: async (route) => {
        const end = { partial: false, count: 1, scanned, ms: 3, unknownFields: [{ name: "errocode", suggestion: "errorCode" }] };
        await route.fulfill({ contentType: "application/x-ndjson", body: `${wire(events()[0] ?? fail())}\n${JSON.stringify({ clewline: end })}\n` });
        return true;
      },
    });
    await page.getByText("errocode is no known field").waitFor();
    expect(await page.locator(".q-doubt").innerText()).toBe("errocode");
    await page.getByRole("button", { name: "errorCode", exact: true }).last().click();
    await expect.poll(() => param("q")).toBe("errorCode:*");
    await context.close();
  });
});

function fail(): never {
  throw new Error("the story has no events");
}

describe("clicks that filter", () => {
  test("a facet's value is switched on and off, Alt-click excludes", async () => {
    const { page, context, param } = await at(`/search?${range}`);
    const facets = page.getByRole("complementary", { name: "Facets" });
    await facets.getByRole("button", { name: /^error\b/ }).first().click();
    await expect.poll(() => param("q")).toBe("level:error");
    await facets.getByRole("button", { name: /^warn\b/ }).first().click();
    await expect.poll(() => param("q")).toBe("level:(error or warn)");
    await page.getByRole("button", { name: "error: 214 events" }).click(); // the same toggle in the result line
    await expect.poll(() => param("q")).toBe("level:warn");
    await facets.getByRole("button", { name: /^push-svc/ }).first().click({ modifiers: ["Alt"] });
    await expect.poll(() => param("q")).toBe("level:warn and not service:push-svc");
    await context.close();
  });

  test("each value of the drawer adds a clause, shows as a column, and can be copied", async () => {
    const { page, context, param, shot } = await at(`/search?${range}`);
    await rows(page).nth(7).click();
    const drawer = page.getByRole("complementary", { name: "Event" });
    await drawer.getByRole("button", { name: "acct-7731" }).first().click();
    await expect.poll(() => param("q")).toBe("account:acct-7731");
    await drawer.getByText("12345678901234567890").hover(); // not rounded
    await drawer.getByRole("button", { name: "Show data.seat.queue as a column" }).click();
    await expect.poll(() => param("cols")).toBe("data.seat.queue");
    await page.getByRole("columnheader", { name: /data\.seat\.queue/ }).waitFor();
    await drawer.getByRole("tab", { name: "JSON" }).click();
    await drawer.getByText('"queue": 12345678901234567890').waitFor();
    expect(param("tab")).toBe("json");
    await shot("drawer-json");
    await page.keyboard.press("Escape");
    await expect.poll(() => param("sel")).toBeNull();
    await context.close();
  });

  test("the histogram is brushed by mouse, by keys, and by a finger", async () => {
    const { page, context, param, shot } = await at(`/search?${range}`);
    await rows(page).first().waitFor();
    const chart = page.getByRole("slider", { name: /Events over time/ });
    const area = await chart.boundingBox();
    if (area === null) throw new Error("no chart");
    await page.mouse.move(area.x + area.width * 0.3, area.y + 30);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.4, area.y + 30, { steps: 5 });
    await shot("histogram-brush");
    await page.mouse.up();
    await expect.poll(() => param("from")).toBe("2026-11-20T06:18:00Z");
    expect(param("to")).toBe("2026-11-20T06:25:00Z");
    await page.goBack();
    await expect.poll(() => param("from")).toBe("2026-11-20T06:00:00Z");
    await rows(page).first().waitFor();
    await chart.focus();
    for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
    await page.getByText(/^14:01 to 14:04, \d+ events$/).waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await expect.poll(() => param("from")).toBe("2026-11-20T06:01:00Z");
    await context.close();
  });
});

describe("the keyboard", () => {
  test("walks rows and problems, opens, filters, copies, moves in time", async () => {
    const { page, context, param } = await at(`/search?${range}`);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await rows(page).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("J");
    const selected = () => page.locator('[aria-selected="true"][data-index]').getAttribute("data-index");
    expect(await selected()).toBe("5");
    await page.keyboard.press("K");
    expect(await selected()).toBe("0");
    await page.keyboard.press("Enter");
    await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.118");
    await page.keyboard.press("j"); // the drawer follows
    await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.119");
    await page.keyboard.press("Escape");
    await expect.poll(() => param("sel")).toBeNull();
    await page.keyboard.press("ArrowLeft"); // the focus is back in the list: from service to level
    await page.keyboard.press("f");
    await expect.poll(() => param("q")).toBe("level:warn");
    await page.keyboard.press("F");
    await expect.poll(() => param("q")).toBe("not level:warn");
    await page.keyboard.press("[");
    await expect.poll(() => param("from")).toBe("2026-11-20T05:00:00Z");
    await page.keyboard.press("]");
    await expect.poll(() => param("from")).toBe("2026-11-20T06:00:00Z");
    await page.keyboard.press("Z");
    await expect.poll(() => param("from")).not.toBe("2026-11-20T06:00:00Z");
    await context.close();
  });

  test("lists all its keys, and can be switched off", async () => {
    const { page, context, shot } = await at(`/search?${range}`);
    await rows(page).first().waitFor();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys of this page" });
    await dialog.waitFor();
    await shot("overlay-keys");
    expect(await flaws(page)).toEqual([]);
    await dialog.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("j");
    expect(await page.locator('[aria-selected="true"][data-index]').count()).toBe(0);
    await context.close();
  });
});

describe("the time range", () => {
  test("one field says what it understood; presets stay relative; zones change every clock", async () => {
    const { page, context, param, shot } = await at(`/search?${range}`);
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: /Today 14:00/ }).click();
    const dialog = page.getByRole("dialog", { name: "Time range" });
    const field = dialog.getByRole("textbox", { name: /in words/ });
    await field.fill("14:32:07 ± 30s");
    await dialog.getByText("Today 14:31:37 – 14:32:37").waitFor();
    await dialog.getByText("1,284 events").waitFor();
    await shot("overlay-time");
    expect(await flaws(page)).toEqual([]);
    await field.fill("soon");
    await dialog.getByText("“soon” is no time.").waitFor();
    await field.fill("today 14:00 to 15:00");
    await field.press("Alt+KeyU");
    await expect.poll(() => param("tz")).toBe("UTC");
    await field.fill("90m");
    await field.press("Enter");
    await expect.poll(() => param("from")).toBe("-90m");
    await page.getByRole("button", { name: /Last 90 minutes/ }).waitFor();
    await page.getByText("06:33:02").first().waitFor(); // the rows' clock is UTC now
    await context.close();
  });
});

describe("states", () => {
  test("nothing matches: all was read, and what comes close is counted", async () => {
    const { page, context, param, shot } = await at(`/search?${range}&q=service:call-api+and+timeout`, {}, {
      list: [],
      histogram: (url) => ({ ...histogram(url.searchParams.get("from") ?? "", url.searchParams.get("to") ?? "", Number(url.searchParams.get("buckets"))), ...(url.searchParams.get("q") === "service:call-api and timeout" && url.searchParams.get("from")?.startsWith("2026-11-20T06") ? { total: 0, buckets: [], levels: {} } : { total: 312 }) }),
    });
    await page.getByRole("heading", { name: "Nothing matches from Today 14:00 to Today 15:00" }).waitFor();
    await page.getByRole("button", { name: "service:call-api and *timeout*" }).waitFor();
    await shot("state-empty");
    expect(await flaws(page)).toEqual([]);
    await page.getByRole("button", { name: "service:call-api and *timeout*" }).click();
    await expect.poll(() => param("q")).toBe("service:call-api and *timeout*");
    await context.close();
  });

  test("a part of the answer says so in the banner, the chart and the count", async () => {
    const { page, context, shot } = await at(`/search?${range}`, {}, {
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
    const { page, context } = await at(`/search?${range}`, {}, {
      search: async (route) => {
        await route.fulfill({ contentType: "application/x-ndjson", body: events(30).map(wire).join("\n") });
        return true;
      },
    });
    await page.getByText("The answer broke off before its end.").waitFor();
    await context.close();
  });

  test("loading keeps the layout, and Esc stops it", async () => {
    const { page, context, shot } = await at(`/search?${range}`, {}, { search: () => new Promise(() => undefined) });
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("slider", { name: /Events over time/ }).waitFor();
    await shot("state-loading");
    await page.keyboard.press("Escape");
    await page.getByText("stopped by you").waitFor();
    await context.close();
  });

  test("without the server one red line counts down, and all comes back by itself", async () => {
    let down = false;
    const { page, context, shot } = await at(`/search?${range}`, {}, { away: () => down });
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
    const { page, context } = await at("/search", {}, { me: { status: 401, body: { error: { code: "unauthorized", message: "Log in." }, setup: true } } });
    await page.getByText("terminal").first().waitFor();
    await context.close();
  });

  test("an empty server shows one line and the way to Add data", async () => {
    const { page, context } = await at("/search", {}, { me: { status: 200, body: { user: { name: "ada", role: "admin" }, projects: [{ name: "p" }], version: "0.1.0", zone: "UTC", empty: true } } });
    await page.getByText("Nothing has arrived yet.").waitFor();
    expect(await page.getByRole("main").getByRole("link").count()).toBe(1);
    await context.close();
  });
});

describe("live", () => {
  const story = events(3).map((event, i) => ({ ...event, id: `live.${i + 1}`, msg: `live ${i + 1}` }));
  const stream = ["event: open\ndata: {}\n\n", ...story.map((e) => `event: event\nid: ${e.id}\ndata: ${wire(e)}\n\n`), 'event: dropped\ndata: {"count":17}\n\n'].join("");

  test("rows arrive at the top, what was dropped is told, Space pauses", async () => {
    const { page, context, param, shot } = await at(`/search?from=-1h`, {}, { tail: stream });
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

describe("text from elsewhere", () => {
  test("cannot act: markup stays text, overrides are boxed, a megabyte is cut with a way to all of it", async () => {
    const long = `start ${"0123456789 ".repeat(100_000)} end-of-it`;
    const list = [{ ...(events()[0] ?? fail()), msg: "<img src=x onerror=\"window.hurt=1\"> \u202Egnp.exe \u0007", errorCode: "<script>" }, { ...(events()[1] ?? fail()), msg: long }];
    const { page, context, complaints } = await at(`/search?${range}`, {}, { list });
    await rows(page).first().waitFor();
    expect(await rows(page).first().innerText()).toContain("<img src=x");
    expect(await rows(page).first().innerText()).toContain("RLO");
    await rows(page).nth(1).click();
    const drawer = page.getByRole("complementary", { name: "Event" });
    expect((await drawer.innerText()).includes("end-of-it")).toBe(false);
    await drawer.getByRole("button", { name: "Show all 1.1 MB" }).first().click();
    await expect.poll(async () => (await drawer.innerText()).includes("end-of-it")).toBe(true);
    expect(await page.evaluate(() => "hurt" in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe("axe finds nothing", () => {
  test.each([
    ["light", {}],
    ["dark", { scheme: "dark" }],
    ["Chinese", { language: "zh" }],
    ["phone", phone],
    ["phone, dark", { ...phone, scheme: "dark" }],
    ["1024", { width: 1024, height: 768 }],
  ] satisfies [string, Look][])("on the search page, %s", async (_name, look) => {
    const { page, context } = await at(`/search?q=account:acct-7731&${range}&sel=01JD4K7Q2M.125&cols=callId`, look);
    await rows(page).nth(3).waitFor();
    await page.getByRole("complementary", { name: /Event|事件/ }).getByRole("tab").first().waitFor();
    expect(await flaws(page)).toEqual([]);
    await context.close();
  });
});

test("a phone has cards, filters in a sheet, and an event that is dragged up", async () => {
  const { page, context, param, shot } = await at(`/search?${range}`, phone);
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await shot("phone-filters");
  await page.getByRole("dialog").getByRole("button", { name: /^TICKET_EXPIRED/ }).first().click();
  await expect.poll(() => param("q")).toBe("errorCode:TICKET_EXPIRED");
  await page.keyboard.press("Escape");
  await rows(page).nth(1).click();
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.waitFor();
  const low = (await drawer.boundingBox())?.height ?? 0;
  await drawer.getByRole("button", { name: "Width of the drawer" }).click();
  await expect.poll(async () => (await drawer.boundingBox())?.height ?? 0).toBeGreaterThan(low + 50);
  await shot("phone-sheet");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await context.close();
});
