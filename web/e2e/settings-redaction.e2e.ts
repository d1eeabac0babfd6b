// Redaction, from the page to the bytes on disk: what the defaults take out is
// in no answer and in no file, a rule is made and tried and switched on by
// keyboard, and the next event obeys it. Against the real server.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { type Seeded, seeded, shots } from "./pages-seeded";
import type { Server } from "./pages-server";

const password = "a ball of thread";
const card = "4111111111111111";
const secret = "correct-horse-7";
let at: Seeded;
let server: Server;
let context: BrowserContext;
let page: Page;
let key = "";

beforeAll(async () => {
  at = await seeded(password);
  ({ server, key } = at);
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(8_000); // so that what is waited for is named, not the test
});

afterAll(() => at?.stop());

/** Sends events; a text goes as it stands. */
async function send(...events: (object | string)[]): Promise<void> {
  const answer = await fetch(`${server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: events.map((event) => (typeof event === "string" ? event : JSON.stringify(event))).join("\n") });
  expect(answer.status).toBe(200);
}

async function api(path: string): Promise<string> {
  const answer = await at.call(path);
  expect(answer.status).toBe(200);
  return answer.text();
}

const search = (q: string) => api(`/v1/search?project=phone-prod&q=${encodeURIComponent(q)}`);

/** Every byte of every file of the data folder. */
function onDisk(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((name) => (statSync(name).isDirectory() ? onDisk(name) : readFileSync(name, "latin1")))
    .join("\n");
}

test("a card number and a password are nowhere: in no field, no search, no dead letter, no file", async () => {
  await send(
    { app: "desk", msg: `kept: pay with ${card} password=${secret}`, errorMsg: card, data: { password: secret, list: [card, Number(card)], url: `/pay?pwd=${secret}&x=1` }, page: `/pay?pwd=${secret}`, number: "13800138000" },
    `{"msg":"a dead letter ${card}","password":"${secret}`,
  );
  const found = await search("kept");
  expect(found).toContain("kept: pay with [card] password=[secret]");
  expect(found).toContain('"number":"13800138000"');
  expect(found).toContain('"redacted"');
  for (const value of [card, secret]) {
    expect(found).not.toContain(value);
    expect((await search(value)).trim().split("\n")).toHaveLength(1); // the closing line alone
    expect(onDisk(server.data)).not.toContain(value);
  }
  expect(await search("flags:redacted")).toContain("kept:");
});

test("the page tells what the rules did", async () => {
  await page.goto(`${server.url}/settings/redaction`);
  await page.getByText(/7 rules are on; \d+ values were removed in 24 h/).waitFor();
  expect(await page.getByRole("row", { name: /Card numbers/ }).textContent()).toMatch(/\[card\][1-9]/);
  expect(await page.getByRole("row", { name: /Mainland mobile numbers/ }).textContent()).toMatch(/off$/);
});

test("a rule is written, tried and switched on by keyboard, and the next event obeys", async () => {
  await send({ app: "call-api", msg: "check seat tk:55e1 of staff-1042", account: "acme" }, { app: "call-api", msg: "nothing to see" });
  await page.goto(`${server.url}/settings/redaction`);
  await page.getByRole("table").waitFor();
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "New rule" }).waitFor();
  await page.keyboard.type("Seat tickets");
  for (const text of ["\tmsg, raw", "\t", "\ttk:([0-9a-f]{4"]) {
    if (text.startsWith("\t")) await page.keyboard.press("Tab");
    await page.keyboard.type(text.trimStart());
  }
  await page.getByRole("alert").filter({ hasText: "RE2" }).waitFor();
  await page.keyboard.type("})");
  await page.getByText("1 of the newest 3 events changes").waitFor();
  const row = page.getByRole("region", { name: "What the rule would do" }).getByRole("listitem");
  expect(await row.locator("del").textContent()).toContain("55e1");
  expect(await row.locator("ins").textContent()).toMatch(/\[value:[0-9a-f]{8}\]/);
  expect(await search("55e1")).toContain("tk:55e1"); // trying changed nothing
  const rules = JSON.parse(await api("/v1/redaction?project=phone-prod")) as { version: number };
  expect(rules.version).toBe(0);

  await page.keyboard.press("Enter");
  await page.getByText("8 rules are on").waitFor();
  await send({ app: "call-api", msg: "later tk:90c7 again tk:90c7" });
  const later = await search("later");
  expect(later).not.toContain("90c7");
  expect(later).toMatch(/later tk:(\[value:[0-9a-f]{8}\]) again tk:\1/);
});

test("a rule is moved and switched off by keyboard, and the server has it so", async () => {
  await page.getByRole("button", { name: "Seat tickets" }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  const order = async () => (JSON.parse(await api("/v1/redaction?project=phone-prod")) as { rules: { id: string; on: boolean }[] }).rules;
  await expect.poll(async () => (await order()).map(({ id }) => id).slice(-2)).toEqual(["seat-tickets", "emails"]);
  await page.getByRole("button", { name: "Seat tickets" }).focus();
  await page.keyboard.press("Space");
  await page.getByText(/such values would be stored from now on/).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("rule-switch");
  await page.keyboard.press("Enter");
  await page.getByText("7 rules are on").waitFor();
  expect((await order()).find(({ id }) => id === "seat-tickets")?.on).toBe(false);
  await send({ msg: "off again tk:77ab" });
  expect(await search("off")).toContain("tk:77ab");
});

test("two admins do not overwrite each other", async () => {
  const other = await context.newPage();
  await other.goto(`${server.url}/settings/redaction?sel=cards`);
  await other.getByRole("button", { name: "Switch off" }).waitFor();
  await page.getByRole("button", { name: "Seat tickets" }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect.poll(async () => (JSON.parse(await api("/v1/redaction?project=phone-prod")) as { version: number }).version).toBe(4);
  await other.getByRole("button", { name: "Switch off" }).click();
  await other.getByRole("alert").filter({ hasText: "Somebody else changed the rules meanwhile." }).waitFor();
  await other.getByRole("button", { name: "Load theirs" }).click();
  await other.getByRole("button", { name: "Switch off" }).click();
  await other.getByText("6 rules are on").waitFor();
  await other.close();
});

test.each(looks)("it is whole in $scheme, $language, $size", async (look) => {
  await send({ app: "desk", msg: "order 4111111111111112 of 4242" }, { app: "desk", msg: "call to 13800138000", number: "13800138000", account: "a" });
  const visit = await at.visit(look);
  const own = await visit.newPage();
  const complaints: string[] = [];
  own.on("pageerror", (error) => complaints.push(error.message));
  own.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  for (const [scene, path] of [["list", ""], ["rule", "?sel=mobiles"]] as const) {
    await own.goto(`${server.url}/settings/redaction${path}`);
    await own.locator(scene === "list" ? "table" : "del").first().waitFor();
    if (scene === "rule") {
      await own.getByRole("button", { name: look.language === "zh" ? "存疑" : "doubtful", exact: true }).click();
      await own.locator("li[data-doubt]").first().waitFor();
    }
    await own.screenshot({ path: join(shots, `redaction-${scene}-${look.scheme}-${look.language}-${look.size}.png`) });
    expect(await overflow(own)).toBe(0);
    expect(await barriers(own)).toEqual([]);
  }
  expect(complaints).toEqual([]);
  await visit.close();
});
