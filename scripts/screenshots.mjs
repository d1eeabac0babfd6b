// Takes the pictures of README and docs from a running demo, in light and dark,
// in both languages:
//   bin/clewline demo --no-open        and then, with the link that it prints,
//   node scripts/screenshots.mjs LINK [FOLDER]
// FOLDER is docs/images where none is named. A test runs this as well, so that
// each picture that a page shows can be made.
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const link = process.argv[2];
if (link === undefined) throw new Error("say where the demo is: node scripts/screenshots.mjs http://127.0.0.1:7373/v1/enter?token=...");
const folder = process.argv[3] ?? new URL("../docs/images/", import.meta.url).pathname;

const desk = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
// The light ones come last: what pages of the story log comes a little later
// than the rest, and they are the ones that most readers see.
const looks = [
  { name: "zh-dark", colorScheme: "dark", locale: "zh-CN" },
  { name: "dark", colorScheme: "dark", locale: "en-GB" },
  { name: "zh-light", colorScheme: "light", locale: "zh-CN" },
  { name: "light", colorScheme: "light", locale: "en-GB" },
];

/** A source of the story's own words, and lines of it: two are read, one is not. */
const source = {
  format: "logfmt", tz: "Asia/Shanghai", app: "seat-gw", env: "prod",
  fields: { agent: "staff", took: "timeCost", route: "httpPath" }, levels: { severe: "error" },
};
const sample = [
  'time="2026-11-20 14:32:07.688" level=SEVERE agent=staff-1042 route=/ticket/check took=287 msg="票据过期 ticket expired" code=TICKET_EXPIRED',
  'level=info agent=staff-1042 msg="the quote never ends',
  'time="2026-11-20 14:32:09.102" level=info agent=staff-1042 route=/seat/drop took=12 msg="seat lost"',
].join("\n");

const scenes = [
  {
    name: "search",
    path: "",
    async show(page) {
      await page.locator("[role=row]").first().waitFor();
      await page.waitForLoadState("networkidle");
      await page.locator("[role=row]", { hasText: "TICKET_EXPIRED" }).nth(2).click();
      await page.getByRole("tab", { name: /^(Fields|字段)$/ }).waitFor(); // the drawer is there
    },
  },
  {
    name: "sources",
    path: "/settings/sources?sel=seat-gw",
    async show(page) {
      await page.locator("textarea").fill(sample);
      await page.locator("ol li[data-bad]").waitFor();
    },
  },
];

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });

/** A page of somebody who has come in by the demo's link, which says where to. */
async function enter(options, to) {
  const context = await browser.newContext({ timezoneId: "Asia/Shanghai", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const target = new URL(link);
  if (to !== "") target.searchParams.set("to", to);
  await page.goto(target.href);
  return page;
}

async function take(page, name) {
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: `${folder}/${name}.png`, caret: "hide" });
}

const first = await enter({ ...desk, locale: "en-GB" }, "");
await first.locator("[role=row]").first().waitFor();
const made = await first.evaluate(async (settings) => {
  const me = await (await fetch("/v1/me")).json();
  const project = me.projects[0].name;
  const there = await (await fetch(`/v1/sources?project=${project}`)).json();
  if (there.sources?.some(({ name }) => name === "seat-gw")) return "";
  const answer = await fetch("/v1/sources/seat-gw", { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ project, version: 0, settings }) });
  return answer.ok ? "" : await answer.text();
}, source);
if (made !== "") throw new Error(`the demo takes no source: ${made}`);
// The pages' part of the story comes by the SDK, a little later than the rest.
await first.waitForFunction(
  async () => {
    const answer = await fetch("/v1/search?from=-5m&limit=2&q=" + encodeURIComponent("app:web-phone and errorCode:TICKET_EXPIRED"));
    return (await answer.text()).trimEnd().split("\n").length > 2;
  },
  undefined,
  { polling: 1000 },
);
await first.context().close();

for (const { name, ...look } of looks) {
  const page = await enter({ ...desk, ...look }, "");
  for (const scene of scenes) {
    if (scene.path !== "") await page.goto(new URL(scene.path, link).href);
    await scene.show(page);
    await take(page, `${scene.name}-${name}`);
  }
  await page.context().close();
}
const hand = await enter({ ...phone, colorScheme: "dark", locale: "en-GB" }, "trace");
await hand.locator("[role=row]").first().waitFor();
await take(hand, "search-phone-dark");
await browser.close();
