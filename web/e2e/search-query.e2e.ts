import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser";
import { at, box, flaws, range, rows, told } from "./search-page";
import { scanned, wire } from "./story";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("the query", () => {
  test("Enter runs it, it stands in the address, and Back undoes it", async () => {
    const { page, context, param, complaints } = await at(browser, `/search?${range}`);
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
    const { page, context, shot } = await at(browser, `/search?${range}`, {}, {
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
    const { page, context, param } = await at(browser, `/search?${range}`);
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
    const { page, context, param } = await at(browser, `/search?${range}&q=errocode:*`, {}, {
      search: async (route) => {
        const end = { partial: false, count: 1, scanned, ms: 3, unknownFields: [{ name: "errocode", suggestion: "errorCode" }] };
        await route.fulfill({ contentType: "application/x-ndjson", body: `${wire(told(0))}\n${JSON.stringify({ clewline: end })}\n` });
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
