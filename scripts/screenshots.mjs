// Takes the README's screenshots from a running demo:
//   bin/clewline demo --no-open        and then, with the link that it prints,
//   node scripts/screenshots.mjs LINK
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const link = process.argv[2];
if (link === undefined) throw new Error("say where the demo is: node scripts/screenshots.mjs http://127.0.0.1:7373/v1/enter?token=...");
const folder = new URL("../docs/images/", import.meta.url).pathname;
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
for (const { name, to, open, scheme, width, height, touch, language } of [
  { name: "search-light", to: "", open: true, scheme: "light", width: 1440, height: 900 },
  { name: "search-dark", to: "", open: true, scheme: "dark", width: 1440, height: 900 },
  { name: "search-zh-light", to: "seat", open: false, scheme: "light", width: 1440, height: 900, language: "zh-CN" },
  { name: "search-phone-dark", to: "trace", open: false, scheme: "dark", width: 390, height: 844, touch: true },
]) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language ?? "en-GB", timezoneId: "Asia/Shanghai", isMobile: touch ?? false, hasTouch: touch ?? false });
  const page = await context.newPage();
  const target = new URL(link);
  if (to !== "") target.searchParams.set("to", to);
  await page.goto(target.href);
  await page.locator("[role=row]").first().waitFor();
  await page.waitForLoadState("networkidle");
  if (open) {
    await page.locator("[role=row]", { hasText: "TICKET_EXPIRED" }).nth(2).click();
    await page.getByRole("tab").first().waitFor();
    await page.waitForLoadState("networkidle");
  }
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
}
await browser.close();
