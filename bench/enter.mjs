// Measures, inside the page, the time from Enter to other rows being painted.
//   node bench/enter.mjs SETUP-LINK PROJECT
// against a server that `bench -data DIR` has filled and that has no admin yet.
// Queries that follow each other match other events, so that rows must change;
// one whose rows did not change within 5 s is told and is in no percentile.
import { chromium } from "playwright-core";

const [link, project] = process.argv.slice(2);
if (link === undefined || project === undefined) throw new Error("usage: node bench/enter.mjs SETUP-LINK PROJECT");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
await page.goto(link);
await page.fill("input[name=username]", "bench");
await page.fill("input[name=password]", "a ball of thread");
await page.fill("input[name=project]", "empty");
await page.keyboard.press("Enter");
await page.waitForURL(/add-data/);
await page.goto(`${new URL(link).origin}/search?project=${project}&from=-25h`);
await page.locator("[data-index]").nth(5).waitFor();
await page.waitForLoadState("networkidle");

const queries = ["level:error", "app:web-phone", "errorCode:*", "service:database and timeCost>200", "座席", "not level:info", "label:label1", "invoker:user3", "level>=warn and app:phone-api", "event:callFunction", "kind:track", "errorCode:TICKET_EXPIRED", "page:/desk/call", "source:node-sdk and level:error", "form:text and level:warn", "function:fn1", "staff:staff-41", "level:fatal or errorCode:QUOTA_EXCEEDED", "browser:*", "timeCost>=500"];
const took = [];
for (const query of queries) {
  const box = page.locator(".cm-content").first();
  await box.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(query);
  await page.evaluate(() => {
    const rows = () => [...document.querySelectorAll("[data-index]")].map((row) => row.textContent).join("|");
    window.painted = new Promise((done) => {
      addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        const begin = performance.now();
        const before = rows();
        const look = () => {
          if (rows() !== before) requestAnimationFrame(() => done(performance.now() - begin));
          else if (performance.now() - begin > 5000) done(-1);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }, { capture: true, once: true });
    });
  });
  await page.keyboard.press("Enter");
  const ms = await page.evaluate(() => window.painted);
  if (ms < 0) console.log(`${query}: the rows did not change within 5 s`);
  else took.push(ms);
  await page.waitForLoadState("networkidle");
}
took.sort((a, b) => a - b);
const at = (share) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))]);
console.log(`Enter to rows painted, ${took.length} of ${queries.length} queries: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms; all: ${took.map(Math.round).join(" ")}`);
await browser.close();
