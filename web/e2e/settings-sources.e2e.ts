// A source, from a pasted line to a stored event: made by keyboard, its format
// guessed, a name given a field while the sample says what becomes of it, used
// by a sender, changed, and removed. Against the real server.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { type Seeded, seeded, shots } from "./pages-seeded";
import type { Server } from "./pages-server";

let at: Seeded;
let server: Server;
let context: BrowserContext;
let page: Page;
let key = "";

beforeAll(async () => {
  at = await seeded();
  ({ server, key } = at);
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(8_000); // so that what is waited for is named, not the test
});

afterAll(() => at?.stop());

async function api(path: string, init: RequestInit = {}): Promise<string> {
  const answer = await at.call(path, init);
  expect(answer.status).toBeLessThan(300);
  return answer.text();
}

async function lines(source: string, body: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}/v1/lines?source=${source}`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body });
  return { status: answer.status, text: await answer.text() };
}

const made = async () => (JSON.parse(await api("/v1/sources?project=phone-prod")) as { sources: { name: string; settings: object; rejected: number }[] }).sources;
const result = () => page.getByRole("region", { name: "What becomes of the sample" });

test("a format is guessed from a pasted sample, a name is given a field, and the source is made, by keyboard", async () => {
  await page.goto(`${server.url}/settings/sources`);
  await page.getByText("No source yet.").waitFor();
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "New source" }).waitFor();
  await page.keyboard.type("desk");
  await page.getByLabel("Sample lines").fill("time=2026-11-20T14:32:07 level=SCHWER kunde=u-7 msg=verloren\nlevel=info msg=\"never ends\n");
  await result().getByText("1 event", { exact: true }).waitFor();
  expect(await result().getByRole("status").textContent()).toContain("logfmt, guessed");
  const bad = result().getByRole("listitem").filter({ hasText: "does not end" });
  expect(await bad.textContent()).toContain("Line 2, column 16");
  expect(await bad.locator("u").textContent()).toBe('"');

  await page.getByRole("button", { name: "Take logfmt" }).focus();
  await page.keyboard.press("Enter");
  await result().getByRole("button", { name: "Give kunde a field" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-from"))).toBe("kunde");
  await page.keyboard.type("user");
  await result().getByRole("row", { name: /kunde user and data u-7/ }).waitFor();
  await page.getByRole("button", { name: "Add a level" }).click();
  await page.getByLabel("their word").fill("Schwer");
  await page.getByRole("combobox", { name: "level Schwer" }).selectOption("error");
  await result().getByText("ERR", { exact: true }).waitFor();
  await page.getByLabel("Time zone", { exact: true }).fill("Asia/Shanghay");
  await page.getByRole("alert").filter({ hasText: "not known; want a name such as Asia/Shanghai" }).waitFor();
  await page.getByLabel("Time zone", { exact: true }).fill("Asia/Shanghai");
  await result().getByText("2026-11-20T06:32:07Z").waitFor();
  expect(await made()).toEqual([]); // trying makes nothing

  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("clewline send --source desk FILE").waitFor();
  expect((await made()).map(({ settings }) => settings)).toEqual([{ format: "logfmt", tz: "Asia/Shanghai", fields: { kunde: "user" }, levels: { Schwer: "error" } }]);
});

test("what is sent with it is read so, and the page counts it", async () => {
  const answer = await lines("desk", "time=2026-11-20T14:32:07 level=SCHWER kunde=u-7 msg=verloren\nnothing of the sort\n");
  expect(answer.text).toContain('"accepted":1,"rejected":1');
  const found = await api(`/v1/search?project=phone-prod&from=-3650d&q=${encodeURIComponent("user:u-7 and level:error")}`);
  expect(found).toContain('"time":"2026-11-20T06:32:07Z"');
  await page.goto(`${server.url}/settings/sources`);
  await page.getByText("1 source says how its lines are read. 1 was used since the server started.").waitFor();
  expect(await page.getByRole("row", { name: /desk/ }).textContent()).toMatch(/logfmt1 field, 1 level.*11$/);
});

test("a file in another encoding is tried as it is", async () => {
  await page.goto(`${server.url}/settings/sources?sel=new`);
  await page.locator("input[type=file]").setInputFiles({ name: "seat.log", mimeType: "text/plain", buffer: Buffer.from([...Buffer.from("2026-11-20 14:32:07 ERROR "), 0xb3, 0xac, 0xca, 0xb1, 0x0a]) });
  await page.getByRole("button", { name: "Take gb18030" }).click();
  await result().getByText("超时").first().waitFor();
  expect(await page.getByLabel("Encoding", { exact: true }).inputValue()).toBe("gb18030");
});

test("two editors do not overwrite each other, and a source is removed with what it means said first", async () => {
  await page.goto(`${server.url}/settings/sources?sel=desk`);
  await page.getByLabel("App", { exact: true }).fill("desk");
  await api("/v1/sources/desk", { method: "PUT", body: JSON.stringify({ project: "phone-prod", version: 1, settings: { format: "json" } }) });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "Somebody else changed this source meanwhile." }).waitFor();
  await page.getByRole("button", { name: "Load theirs" }).click();
  await expect.poll(() => page.getByLabel("Format", { exact: true }).inputValue()).toBe("json");

  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText(/What is sent with it is refused from then on.*last used/).waitFor();
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.getByText("No source yet.").waitFor();
  expect((await lines("desk", "{}")).status).toBe(404);
});

test.each(looks)("it is whole in $scheme, $language, $size", async (look) => {
  await api("/v1/sources/desk-nginx", { method: "PUT", body: JSON.stringify({ project: "phone-prod", version: 0, settings: { format: "json", fields: { kunde: "user" }, levels: { schwer: "error" } } }) }).catch(() => "it is there");
  const visit = await at.visit(look);
  const own = await visit.newPage();
  const complaints: string[] = [];
  own.on("pageerror", (error) => complaints.push(error.message));
  own.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  for (const scene of ["list", "source"] as const) {
    await own.goto(`${server.url}/settings/sources${scene === "list" ? "" : "?sel=desk-nginx"}`);
    await own.getByRole("table").first().waitFor();
    if (scene === "source") {
      await own.locator("textarea").fill('{"ts":"2026-11-20T14:32:07Z","severity":"schwer","message":"座席 1042 票据过期","kunde":"u-7","http":{"route":"/a"}}\n{"msg":"<b>hostile</b>\u202E","n":1}\n{"a":1,}');
      await own.locator("ol li[data-bad]").waitFor();
    }
    await own.screenshot({ path: join(shots, `sources-${scene}-${look.scheme}-${look.language}-${look.size}.png`) });
    expect(await overflow(own)).toBe(0);
    expect(await barriers(own)).toEqual([]);
  }
  expect(complaints).toEqual([]);
  await visit.close();
});
