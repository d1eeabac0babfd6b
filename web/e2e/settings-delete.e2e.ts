// A key gets another name, and a project is deleted with its name typed: its
// senders are refused, nobody finds its events, the audit trail says who did
// it, and a new one of that name is empty. Against the real server.
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers, looks, overflow } from "./pages-browser";
import { project, type Seeded, seeded, shots } from "./pages-seeded";

let at: Seeded;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  at = await seeded();
  await at.events(Array.from({ length: 30 }, (_, i) => ({ msg: `seat ${i}`, time: new Date().toISOString() })));
  await at.call("/v1/projects", { method: "POST", body: JSON.stringify({ name: "stays" }) });
  context = await at.visit();
  page = await context.newPage();
  page.setDefaultTimeout(8_000);
});

afterAll(() => at?.stop());

const audit = async (action: string) => ((await at.ask(`/v1/audit?action=${action}`)) as { entries: { actor: string; project: string; detail: string }[] }).entries;

test("a key gets another name, which the audit trail tells", async () => {
  const { keys } = (await at.ask(`/v1/keys?project=${project}`)) as { keys: { id: string }[] };
  const id = keys[0]?.id ?? "";
  await page.goto(`${at.server.url}/settings/keys?sel=${id}`);
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("gateway in Berlin");
  await name.press("Enter");
  await page.getByText("Renamed.").waitFor();
  await page.getByRole("button", { name: "gateway in Berlin" }).waitFor();
  expect(await audit("key.change")).toMatchObject([{ actor: "user:ada", detail: "name gateway in Berlin" }]);
  expect(await barriers(page)).toEqual([]);
});

test.each(looks)("what becomes of a project's data and senders is said before it is deleted ($scheme, $language, $size)", async (look) => {
  const visit = await at.visit(look);
  const seen = await visit.newPage();
  await seen.goto(`${at.server.url}/settings/retention?sel=p:${project}`);
  await seen.getByRole("button", { name: look.language === "zh" ? `删除 ${project}…` : `Delete ${project}…` }).click();
  const said = seen.getByRole("form", { name: look.language === "zh" ? "删除项目" : "Delete the project" });
  await said.getByText(/30/).waitFor();
  expect(await said.getByRole("button", { name: look.language === "zh" ? "永久删除" : "Delete it for good" }).isDisabled()).toBe(true);
  await seen.screenshot({ path: join(shots, `project-delete-${look.scheme}-${look.language}-${look.size}.png`) });
  expect(await overflow(seen)).toBe(0);
  expect(await barriers(seen)).toEqual([]);
  await visit.close();
});

test("its name is typed, and the project is gone: for people, for senders, and from a new one of its name", async () => {
  await page.goto(`${at.server.url}/settings/retention?project=${project}&sel=p:${project}`);
  await page.getByRole("button", { name: `Delete ${project}…` }).click();
  await page.getByText("Its 1 working key stops at once").waitFor();
  const confirm = page.getByRole("textbox", { name: `Type ${project} to confirm` });
  await confirm.fill("phone");
  expect(await page.getByRole("button", { name: "Delete it for good" }).isDisabled()).toBe(true);
  await confirm.fill(project);
  await confirm.press("Enter");
  await expect.poll(async () => ((await at.ask("/v1/projects")) as { projects: { name: string }[] }).projects.map(({ name }) => name)).toEqual(["stays"]);
  await page.waitForURL((url) => url.searchParams.get("project") === null);
  await page.getByRole("button", { name: "stays", exact: true }).first().waitFor();
  const refused = await fetch(`${at.server.url}/v1/events`, { method: "POST", headers: { Authorization: `Bearer ${at.key}` }, body: '{"msg":"late"}' });
  expect(refused.status).toBe(401);
  expect(await audit("project.delete")).toMatchObject([{ actor: "user:ada", project }]);
  await expect.poll(async () => (await at.call("/v1/projects", { method: "POST", body: JSON.stringify({ name: project }) })).status).toBe(201);
  const found = await (await at.call(`/v1/search?project=${project}&from=-1d`)).text();
  expect(JSON.parse(found.trim())).toMatchObject({ clewline: { count: 0 } });
});
