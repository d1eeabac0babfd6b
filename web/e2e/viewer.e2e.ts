// From an event's drawer to the log viewer over its device and its call, against
// the real server. Each test goes on where the one before it stopped.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers } from "./pages-browser";
import { project, type Seeded, seeded, shots } from "./pages-seeded";

let at: Seeded;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

const watch = (one: Page): Page => {
  one.on("pageerror", (error) => complaints.push(error.message));
  one.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return one;
};

beforeAll(async () => {
  at = await seeded();
  const key = await at.server.command("key", "create", "--data", at.server.data, "--project", project, "--type", "server");
  const calls = ["call-mine", "call-other"].flatMap((callId) =>
    [1, 2, 3].map((n) => ({ time: new Date(Date.now() - n * 1000).toISOString(), kind: "track", level: n === 1 ? "error" : "info", label: "call", form: "text", msg: `${callId} event ${n}`, callId, device: "dev-viewer", data: { n } })));
  const sent = await fetch(`${at.server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: calls.map((event) => JSON.stringify(event)).join("\n") });
  expect(await sent.json()).toMatchObject({ accepted: 6 });
  context = await at.visit();
  page = watch(await context.newPage());
  page.setDefaultTimeout(15_000);
});

afterAll(async () => {
  await at?.stop();
});

/** Opens the viewer by an item of the drawer's menu. */
async function choose(item: string): Promise<Page> {
  await page.getByRole("button", { name: "Copy in other ways" }).click();
  const [tab] = await Promise.all([context.waitForEvent("page"), page.getByRole("menuitem", { name: item }).click()]);
  watch(tab).setDefaultTimeout(15_000);
  return tab;
}

test("the menu of an event opens the viewer over its call, and over its device", async () => {
  await page.goto(`${at.server.url}/search?project=${project}&q=device:dev-viewer&from=-1h`);
  await page.getByText("call-mine event 2").first().click();
  const call = await choose("Open a viewer link for this call");
  const shown = call.locator("clewline-viewer .q [aria-live]");
  await shown.filter({ hasText: "3 of 3" }).waitFor();
  expect(call.url()).toContain("/viewer#vt_");
  expect(await call.locator("clewline-viewer .ls").textContent()).not.toContain("call-other");
  await call.locator("clewline-viewer input[type=search]").fill("level:error or n:2");
  await shown.filter({ hasText: "2 of 3" }).waitFor();
  expect(await barriers(call)).toEqual([]);
  await call.screenshot({ path: join(shots, "viewer-call.png") });
  await call.close();

  const device = await choose("Open a viewer link for this device");
  await device.locator("clewline-viewer .q [aria-live]", { hasText: "6 of 6" }).waitFor();
  await device.setViewportSize({ width: 360, height: 780 });
  await device.emulateMedia({ colorScheme: "dark" });
  await device.reload();
  await device.locator("clewline-viewer .q [aria-live]", { hasText: "6 of 6" }).waitFor();
  expect(await barriers(device)).toEqual([]);
  await device.screenshot({ path: join(shots, "viewer-device-phone.png") });
  await device.close();
});

test("the page without its token says what it needs", async () => {
  await page.goto(`${at.server.url}/viewer`);
  await page.getByText("needs the whole link").waitFor();
  expect(complaints).toEqual([]);
});
