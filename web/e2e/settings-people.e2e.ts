// People, keys and the audit trail, against the real server and in a real
// browser. Each test goes on where the one before it stopped.
import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, launch, looks, overflow, visitor } from "./pages-browser";
import { type Server, startServer } from "./pages-server";

const password = "a ball of thread";
const shots = new URL("./shots/", import.meta.url).pathname;
let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let link = "";

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
  context = await visitor(browser);
  page = await context.newPage();
  mkdirSync(shots, { recursive: true });
  const token = new URL(server.setupLink).searchParams.get("token");
  const made = await context.request.post(`${server.url}/v1/setup`, { data: { token, name: "ada", password, project: "shop" } });
  expect(made.status()).toBe(200);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("somebody is added by a link that is shown once", async () => {
  await page.goto(`${server.url}/settings/people`);
  await page.getByText("1 person may log in, 1 of them as admin.").waitFor();
  await page.getByRole("button", { name: "Add somebody" }).click();
  await page.getByLabel("Account", { exact: true }).fill("sam");
  await page.getByRole("radio", { name: /^support/ }).check();
  await page.getByRole("button", { name: "Add and make a link" }).click();
  await page.getByText("Say which account.").waitFor();
  await page.getByLabel("Main account whose events support sees").fill("acct-7");
  await page.getByRole("checkbox", { name: "shop" }).check();
  await page.getByRole("button", { name: "Add and make a link" }).click();
  await page.getByRole("heading", { name: "Give sam this link" }).waitFor();
  link = (await page.locator("aside code").textContent()) ?? "";
  expect(link).toContain(`${server.url}/link?token=`);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("row", { name: /sam.*support.*acct-7.*shop.*never.*has a link until/ }).waitFor();
});

test("who opens the link chooses a password, and the link works no more", async () => {
  const other = await visitor(browser);
  const theirs = await other.newPage();
  await theirs.goto(link);
  await theirs.getByText("You were invited to").waitFor();
  expect(await barriers(theirs)).toEqual([]);
  await theirs.getByLabel("New password").fill("a thread of my own");
  await theirs.getByRole("button", { name: "Save and log in" }).click();
  await theirs.waitForURL(/\/search/);
  await theirs.goto(`${server.url}/settings/people`);
  await theirs.getByText("People are added and removed by an administrator").waitFor();
  const again = await other.newPage();
  await again.goto(link);
  await again.getByRole("heading", { name: "This link does not work" }).waitFor();
  await other.close();
});

test("a person's role is changed and their session ended", async () => {
  await page.reload();
  await page.getByRole("button", { name: "sam" }).click();
  await page.getByRole("radio", { name: /^reader/ }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /sam.*reader.*shop/ }).waitFor();
  await page.getByRole("button", { name: "End 1 session" }).click();
  await page.getByText("1 session has ended.").waitFor();
  await page.getByRole("button", { name: "ada" }).click();
  await page.getByText("This is the last admin who can log in").first().waitFor();
});

test("a wrong password now is told in the reader's language", async () => {
  const chinese = await visitor(browser, { scheme: "light", language: "zh", size: "desk" });
  const login = await chinese.newPage();
  await login.goto(`${server.url}/login`);
  await login.getByLabel("账号").fill("nobody");
  await login.getByLabel("密码", { exact: true }).fill("wrong");
  await login.keyboard.press("Enter");
  await login.getByText("再试 4 次后须等待一分钟").waitFor();
  await chinese.close();
});

test("a key gets a quota and a successor", async () => {
  await page.goto(`${server.url}/settings/keys?sel=new`);
  await page.getByRole("radio", { name: /Servers, files/ }).check();
  await page.getByLabel("Name").fill("till");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: /till/ }).click();
  await page.getByLabel("Events a second").fill("250");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Make a successor" }).click();
  await page.getByText("The successor. Copy it now").waitFor();
  const keys = (await (await context.request.get(`${server.url}/v1/keys?project=shop`)).json()) as { keys: { eventsPerSecond: number; replaces?: string }[] };
  expect(keys.keys.map((key) => key.eventsPerSecond)).toEqual([250, 250]);
  expect(keys.keys.filter((key) => key.replaces !== undefined)).toHaveLength(1);
});

test("the audit trail tells of all of it, and is narrowed by a click", async () => {
  await page.goto(`${server.url}/settings/audit`);
  for (const action of ["key.rotate", "key.change", "user.change", "user.sessions", "user.password", "user.create"]) await page.getByRole("button", { name: action }).first().waitFor();
  await page.getByRole("button", { name: "key.rotate" }).click();
  expect(new URL(page.url()).searchParams.get("action")).toBe("key.rotate");
  await page.getByText("That is all.").waitFor();
  expect(await page.locator("tbody tr").count()).toBe(1);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: "user.create" }).first().waitFor();
});

test.each(looks)("people, audit and a key are for everybody: $scheme $language $size", async (look) => {
  const other = await visitor(browser, look);
  await other.addCookies(await context.cookies());
  const theirs = await other.newPage();
  const people = (await (await context.request.get(`${server.url}/v1/people`)).json()) as { people: { id: string; name: string }[] };
  const keys = (await (await context.request.get(`${server.url}/v1/keys?project=shop`)).json()) as { keys: { id: string; replaces?: string }[] };
  const old = keys.keys.find((key) => key.replaces === undefined)?.id ?? "";
  for (const [name, path] of [
    ["people", "/settings/people"],
    ["person", `/settings/people?sel=${people.people.find((person) => person.name === "sam")?.id ?? ""}`],
    ["audit", "/settings/audit"],
    ["key", `/settings/keys?project=shop&sel=${old}`],
  ] as const) {
    await theirs.goto(server.url + path);
    await theirs.locator("tbody tr").first().waitFor();
    if (path.includes("sel=")) await theirs.locator("aside h2").waitFor();
    await theirs.screenshot({ path: `${shots}settings-${name}-${look.scheme}-${look.language}-${look.size}.png` });
    expect({ name, barriers: await barriers(theirs) }).toEqual({ name, barriers: [] });
    expect({ name, overflow: await overflow(theirs) }).toEqual({ name, overflow: 0 });
  }
  await other.close();
});
