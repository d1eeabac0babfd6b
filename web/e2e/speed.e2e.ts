// The page Speed against the real server: what it says is worse, that each
// figure leads to exactly as many events, its keys, its states and its looks.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { project, type Seeded, seeded, shots } from "./pages-seeded";

let at: Seeded;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];
const noon = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;

/** The calls of one hour, two a minute; on the last day `hold` becomes slow at 12:40 and fails. */
function hourOf(day: number): object[] {
  return Array.from({ length: 60 }, (_, m) => {
    const time = (s: number) => new Date(noon - day * 1440 * minute + m * minute + s * 1000).toISOString();
    const slow = day === 0 && m >= 40;
    const common = { kind: "call", account: "acct-7731", staff: `staff-${m}` };
    return [
      { ...common, time: time(0), service: "function", event: "callFunction", function: "hold", timeCost: slow ? 400 + m : 30 + ((m + day) % 5), ...(slow ? { errorCode: "TICKET_EXPIRED", level: "error" } : {}), msg: "hold" },
      { ...common, time: time(1), service: "function", event: "callFunction", function: 'odd "name" | *', timeCost: 12 + (m % 3), msg: "odd" },
      { ...common, time: time(2), service: "database", event: "get", timeCost: 5 + (m % 4), msg: "get tickets" },
      { kind: "track", time: time(3), httpPath: "/call/hold", timeCost: 60 + m, msg: "POST /call/hold" },
    ];
  }).flat();
}

const two = (n: number) => String(n).padStart(2, "0");
function prism(): string[] {
  const head = (m: number) => `26-11-20 12:${two(m)}:00`;
  const ui = Array.from({ length: 30 }, (_, m) => `NOTICE: ${head(m)} phone * 7 [product=p subsys=phone module=call logid=a${m} uri=/call/hold cost=${80 + m} retErrno=${m % 10 === 0 ? 40101 : 0}]`);
  const server = Array.from({ length: 20 }, (_, m) => `NOTICE: ${head(m)} phone * 7 [subsys=phone module=call logid=b${m} request=${encodeURIComponent("POST /call/hold HTTP/1.1")} status=200 request_time=0.005]`);
  const edge = Array.from({ length: 10 }, (_, m) => `NOTICE: ${head(m)} edge * 7 [subsys=phone module=edge logid=c${m} request=${encodeURIComponent("GET /x HTTP/1.1")} status=500 request_time=0.012]`);
  return [...ui, ...server, ...edge];
}

beforeAll(async () => {
  at = await seeded();
  for (let day = 7; day >= 0; day--) await at.events(hourOf(day));
  await at.lines("prism&tz=UTC", prism());
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) complaints.push(message.text());
  });
});

afterAll(() => at?.stop());

const address = (more = "", from = "2026-11-20T12:00:00Z", to = "2026-11-20T13:00:00Z") => `${at.server.url}/speed?${new URLSearchParams({ from, to, tz: "UTC" }).toString()}${more}`;
const param = (name: string) => new URL(page.url()).searchParams.get(name);
const table = (name: string) => page.getByRole("table", { name });

/** How many events a figure's link finds. */
async function behind(href: string): Promise<number> {
  const link = new URL(href, at.server.url).searchParams;
  const asked = new URLSearchParams({ project, buckets: "2", q: link.get("q") ?? "", from: link.get("from") ?? "", to: link.get("to") ?? "" });
  return ((await at.ask(`/v1/histogram?${asked}`)) as { total: number }).total;
}

test("the page says first what is worse than at this time of other days, and since when", async () => {
  await page.goto(address("&by=function"));
  const said = page.getByRole("status").filter({ hasText: "slower than" });
  await said.waitFor();
  expect(await said.innerText()).toContain("1 of 6 is slower than at this time of the last 7 days, 1 fails more often, all since 12:40.");
  const row = table("Calls").locator("tr", { hasText: "hold" }).filter({ hasText: "call" }).first();
  expect(await row.innerText()).toMatch(/× 1[34]/);
  expect(await table("Calls").locator("tr", { hasText: "odd" }).innerText()).toContain("as usual");
});

test.each(["service", "event", "function", "httpPath", "module"])("by %s, each count and each share of failures leads to exactly as many events", async (by) => {
  await page.goto(address(`&by=${by}`));
  await page.getByRole("status").filter({ hasText: "last 7 days" }).waitFor();
  const rows = await table("Calls").locator("tbody tr").evaluateAll((list) =>
    list.map((tr) => {
      const cells = [...tr.querySelectorAll("td")];
      const [, count, , errors] = cells;
      return { name: tr.textContent, count: count?.textContent ?? "", href: count?.querySelector("a")?.getAttribute("href") ?? "", errors: errors?.textContent?.trim() ?? "", failed: errors?.querySelector("a")?.getAttribute("href") ?? "" };
    }),
  );
  expect(rows.length).toBeGreaterThan(2);
  let total = 0;
  for (const { name, count, href, errors, failed } of rows) {
    const n = await behind(href);
    expect(n, name ?? "").toBe(Number(count.replaceAll(",", "")));
    total += n;
    if (failed === "") expect(errors, name ?? "").toBe("0");
    else expect(`${Number((((await behind(failed)) / n) * 100).toPrecision(3))}`, name ?? "").toContain(errors.replace(/ %$/, "").slice(0, 4));
  }
  const said = await page.getByRole("status").filter({ hasText: "rows," }).innerText();
  expect(said).toContain(`${total.toLocaleString("en-US")} calls`);
});

test("a row opens beside the list, its slow calls open their events, and its query draws it", async () => {
  await page.goto(address("&by=function"));
  await table("Calls").getByRole("button", { name: "hold" }).first().click();
  const panel = page.getByRole("complementary", { name: "hold in detail" });
  await panel.getByText(/p95 is 4\d\d ms, usually 34 ms/).waitFor();
  const first = panel.locator("ol li").first();
  expect(await first.innerText()).toContain("459 ms");
  expect(await first.innerText()).toContain("TICKET_EXPIRED");
  await first.getByRole("link").click();
  await page.waitForURL(/sel=/);
  await page.getByText("12:59:00.000").first().waitFor();
  await page.goBack();
  await panel.getByRole("link", { name: /p50\(timeCost\)/ }).click();
  await page.locator("main canvas").nth(1).waitFor();
  expect(await page.getByRole("table", { name: "Series" }).locator("tbody tr").count()).toBe(1);
  await page.goBack();
  await panel.getByRole("link", { name: "20 failed" }).click();
  await page.getByRole("status").filter({ hasText: "20 events" }).waitFor();
});

test("keys group, walk, find the unusual, open the panel and the events", async () => {
  await page.goto(address());
  await table("Calls").waitFor();
  await page.keyboard.press("3");
  await page.waitForURL(/by=function/);
  await page.getByRole("status").filter({ hasText: "slower" }).waitFor();
  await page.keyboard.press("J");
  await page.keyboard.press("o");
  const panel = page.getByRole("complementary", { name: "hold in detail" });
  await panel.waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.keyboard.press("]");
  await page.waitForFunction(() => new URL(location.href).searchParams.get("from") === "2026-11-20T13:00:00Z");
  await page.getByText("No call in this time").waitFor();
  await page.keyboard.press("[");
  await table("Calls").getByRole("button", { name: "hold" }).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search\?/);
  expect(param("q")).toContain("timeCost:*");
});

test("the matrix counts ui logs, server logs only where there are none, and knows no errors of those", async () => {
  await page.goto(address("&tab=modules"));
  const matrix = table("Prism, by module and uri");
  await matrix.waitFor();
  expect(await matrix.locator("tbody tr").count()).toBe(2);
  const hold = matrix.locator("tr", { hasText: "/call/hold" });
  const edge = matrix.locator("tr", { hasText: "/x" });
  const cells = (row: typeof hold) => row.locator("td, th").allInnerTexts();
  expect(await cells(hold)).toEqual(["phone", "call", "/call/hold", "0.008", "30", "95 ms", "94 ms", "108 ms", "10 %", "ui"]);
  expect(await cells(edge)).toEqual(["phone", "edge", "/x", "0.003", "10", "12 ms", "12 ms", "12 ms", "", "server"]);
  expect(await hold.locator("td").last().getAttribute("title")).toContain("20 lines of server logs");
  for (const [row, n] of [[hold, 30], [edge, 10]] as const) expect(await behind((await row.getByRole("link").first().getAttribute("href")) ?? "")).toBe(n);
  expect(await behind((await hold.getByRole("link", { name: "10 %" }).getAttribute("href")) ?? "")).toBe(3);
});

test("the slowest calls of all come first", async () => {
  await page.goto(address("&tab=slow&q=kind:call"));
  const list = table("Slow calls");
  await list.waitFor();
  expect(await list.locator("tbody tr").first().innerText()).toContain("459 ms");
  expect(await list.locator("tbody tr").count()).toBe(50);
});

test("what is unusual says since when, and its link finds just that time", async () => {
  await page.goto(address("&tab=unusual&by=function"));
  await expect.poll(() => page.getByRole("navigation", { name: "Parts of Speed" }).locator("[aria-current=page]").allInnerTexts()).toEqual([expect.stringContaining("Unusual")]);
  const list = page.getByRole("region", { name: "Unusual" }).getByRole("listitem");
  await list.first().waitFor();
  const slow = list.filter({ hasText: /p95 of hold/ });
  expect(await slow.innerText()).toContain("since 12:40");
  expect(await behind((await slow.getByRole("link").first().getAttribute("href")) ?? "")).toBe(20);
  expect(await behind((await list.filter({ hasText: "errors of hold" }).getByRole("link").first().getAttribute("href")) ?? "")).toBe(20);
});

test("too few days, no calls, a wrong query and a long range are each said", async () => {
  await page.goto(address("", "2026-11-16T12:00:00Z", "2026-11-16T13:00:00Z"));
  await page.getByText("There are 3 days with calls at this time; at least 5 are needed").first().waitFor();
  await page.goto(address("&q=service:nobody"));
  await page.getByText("No call in this time").waitFor();
  await page.goto(address("&q=level:"));
  await page.getByText("Column").waitFor();
  await page.goto(address("", "2026-11-19T13:00:00Z"));
  await page.getByText(/judged: .*12:00 – 13:00/).waitFor();
  await page.locator(".cm-content").click();
  await page.keyboard.type("service:database");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=service/);
  await page.getByText("1 row, 60 calls").waitFor();
  expect(complaints).toEqual([]);
});

const views = ["&by=function", "&by=httpPath&tab=unusual", "&tab=modules", "&tab=slow", `&by=function&sel=${encodeURIComponent('["call","hold"]')}`] as const;
test.each(looks.flatMap((look) => views.map((view, i) => ({ look, view, i, title: `${view} in ${look.scheme}, ${look.language}, ${look.size}` }))))("$title", async ({ look, view, i }) => {
  const visit = await at.visit(look);
  const seen = await visit.newPage();
  await seen.goto(address(view));
  await seen.locator("main table tbody tr, main section li").first().waitFor();
  await seen.getByRole("status").filter({ hasText: "MAD" }).waitFor();
  await seen.screenshot({ path: join(shots, `speed-${i}-${look.scheme}-${look.language}-${look.size}.png`) });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await visit.close();
});
