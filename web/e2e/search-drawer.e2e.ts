import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./browser";
import { at, flaws, phone, range, rows, told } from "./search-page";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const selected = "sel=01JD4K7Q2M.125";

test("an event is copied as JSON, as a query, by value and by clause, and what was copied is said", async () => {
  const { page, context } = await at(browser, `/search?${range}&${selected}`);
  // This page is not of a secure origin: it copies the old way, which tells what it copies.
  await page.evaluate(() => document.addEventListener("copy", ({ target }) => document.body.setAttribute("data-copied", target instanceof HTMLTextAreaElement ? target.value : "")));
  const copied = async () => (await page.locator("body").getAttribute("data-copied")) ?? "";
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.getByRole("button", { name: "Copy in other ways" }).click();
  await page.getByRole("menuitem", { name: "A query that finds this event" }).click();
  await expect.poll(copied).toBe("id:01JD4K7Q2M.125");
  await page.getByText("Copied: A query that finds this event").waitFor();
  await drawer.getByText("12345678901234567890").hover();
  await drawer.getByRole("button", { name: "Copy data.seat.queue as a query" }).click();
  await expect.poll(copied).toBe("data.seat.queue:12345678901234567890");
  await drawer.getByRole("button", { name: "Copy the value of data.seat.queue" }).click();
  await expect.poll(copied).toBe("12345678901234567890");
  await drawer.getByRole("button", { name: "Copy this event as JSON" }).click();
  await expect.poll(async () => (await copied()).includes('"queue":12345678901234567890')).toBe(true);
  await context.close();
});

test("one click leads to its trace and to its call, keys to the next event and between the tabs", async () => {
  const { page, context, param } = await at(browser, `/search?${range}&${selected}&q=level:warn`);
  const drawer = page.getByRole("complementary", { name: "Event" });
  await rows(page).first().waitFor();
  await drawer.getByRole("button", { name: "Next event" }).click();
  await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.126");
  await page.keyboard.press("k");
  await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.125");
  await drawer.getByRole("tab", { name: "Fields" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => param("tab")).toBe("json");
  await page.keyboard.press("ArrowLeft");
  await drawer.getByRole("button", { name: "Its call" }).click();
  await expect.poll(() => param("q")).toBe("callId:call-9f3c27");
  await page.getByRole("grid").focus();
  await page.keyboard.press("t");
  await expect.poll(() => param("q")).toBe("traceId:8f43c1d09b7e4a52");
  await context.close();
});

test("around an event stands what was before and after, by time or by what it shares, as far as one asks", async () => {
  const asked: string[] = [];
  const { page, context, param, shot, complaints } = await at(browser, `/search?${range}&${selected}`);
  page.on("request", (request) => {
    if (request.url().includes("/v1/context")) asked.push(new URL(request.url()).searchParams.get("by") ?? "");
  });
  await rows(page).first().waitFor();
  await page.getByRole("complementary", { name: "Event" }).waitFor();
  await page.keyboard.press("a"); // at once: no g was pressed before it
  await expect.poll(() => param("tab")).toBe("around");
  const around = page.getByRole("list", { name: "Events around this one" });
  await around.getByText("get tickets").waitFor();
  expect(await around.getByRole("listitem").count()).toBe(30); // 20 before, 7 after, itself, and both ends
  await around.getByRole("button", { name: "Earlier" }).click();
  await expect.poll(() => around.getByRole("listitem").count()).toBe(50);
  expect(await around.getByText("Nothing later within a day.").count()).toBe(1);
  await page.getByRole("button", { name: "session", exact: true }).click();
  await expect.poll(() => asked).toContain("session");
  expect(await flaws(page)).toEqual([]);
  await shot("drawer-around");
  await around.getByRole("button", { name: /get tickets/ }).click();
  await expect.poll(() => param("sel")).toBe("01JD4K7Q2M.126");
  expect(complaints).toEqual([]);
  await context.close();
});

test("an error code is explained where it stands, and a code of the sender's own is not made up for", async () => {
  const list = [{ ...told(0), msg: "no", errorCode: "INVALID_PAR_PARAM" }, { ...told(1), errorCode: "constructor" }];
  const { page, context } = await at(browser, `/search?${range}`, {}, { list });
  await rows(page).first().click();
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.getByText("Check the parameters' format").waitFor();
  const code = rows(page).first().getByText("INVALID_PAR_PARAM");
  await code.hover();
  expect(await code.getAttribute("title")).toContain("Check the parameters' format");
  await page.keyboard.press("j");
  await drawer.getByText("constructor").first().waitFor();
  expect(await drawer.getByText("function Object").count()).toBe(0);
  await context.close();
});

test("a terminal's colours are shown in the drawer, and its codes in the raw text as they came", async () => {
  const list = [{ ...told(0), msg: "\u001B[31mfailed\u001B[0m \u001B]8;;javascript:alert(1)\u0007link\u001B]8;;\u0007", raw: "\u001B[31mfailed\u001B[0m" }];
  const { page, context } = await at(browser, `/search?${range}&sel=01JD4K7Q2M.118`, {}, { list });
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.locator("[class*=red]").getByText("failed").waitFor();
  expect(await drawer.locator("a").count()).toBe(0);
  await drawer.getByRole("tab", { name: "Raw" }).click();
  await expect.poll(() => drawer.locator("pre").innerText()).toBe("ESC[31mfailedESC[0m");
  await context.close();
});

test("on a phone the first three actions of the drawer are under the thumb", async () => {
  const { page, context, shot } = await at(browser, `/search?${range}&${selected}`, phone);
  const drawer = page.getByRole("complementary", { name: "Event" });
  await drawer.getByRole("button", { name: "Its call" }).waitFor();
  for (const name of ["Its trace", "Its call", "Around"]) expect((await drawer.getByRole("button", { name }).boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await flaws(page)).toEqual([]);
  await shot("drawer-phone");
  await context.close();
});
