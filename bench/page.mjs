// Measures the search page in Chromium against a server that has events:
//   node bench/page.mjs SETUP-LINK PROJECT
// as `bench -parts page` does (make bench-page). The server has no admin yet.
//
// - the first load with the processor slowed 4 times: from the request for the
//   page until the first row is painted, nothing in the browser's cache;
// - interaction to next paint of typing, running, walking, opening, filtering
//   and drawing a range, with the real answers under them;
// - histogram and facets of a day, asked for together as the page does;
// - completion of a value, from the key pressed to the option shown.
import { chromium } from "playwright-core";

const [link, project] = process.argv.slice(2);
if (link === undefined || project === undefined) throw new Error("usage: node bench/page.mjs SETUP-LINK PROJECT");
const { origin, searchParams } = new URL(link);
const loads = Number(process.env.LOADS ?? 15);
const asks = Number(process.env.ASKS ?? 40);

const answer = await fetch(`${origin}/v1/setup`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ token: searchParams.get("token"), name: "bench", password: "a ball of thread", project: "empty" }),
});
if (!answer.ok) throw new Error(`setting up: ${answer.status} ${await answer.text()}`);
const [pair] = answer.headers.get("Set-Cookie").split(";");
const cookie = { name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1), url: origin };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const visit = async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([cookie]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return { context, page };
};
const address = `${origin}/search?project=${project}&from=-24h`;
const sorted = (list) => list.toSorted((a, b) => a - b);
const at = (list, share) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN;
const tell = (what, list, bar) => console.log(`${what.padEnd(62)} p50 ${at(list, 0.5).toFixed(0).padStart(5)}  p95 ${at(list, 0.95).toFixed(0).padStart(5)}  max ${Math.max(...list).toFixed(0).padStart(5)} ms  (${list.length}; wanted ${bar})`);

/** One load in a browser that has nothing of the page yet. */
async function load(slower) {
  const { context, page } = await visit();
  const client = await context.newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: slower });
  // Runs before the page does: the first row that is there, and the paint after it.
  await page.addInitScript(() => {
    window.painted = new Promise((done) => {
      const look = () => (document.querySelector("[data-index]") === null ? requestAnimationFrame(look) : requestAnimationFrame(() => done(performance.now())));
      requestAnimationFrame(look);
    });
  });
  await page.goto(address, { waitUntil: "commit" });
  const rows = await page.evaluate(() => window.painted);
  const first = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
  await context.close();
  return { rows, first };
}

await load(1); // the server's files, and the browser's own code, are warm then
const slow = [];
const quick = [];
for (let i = 0; i < loads; i++) slow.push(await load(4));
for (let i = 0; i < loads; i++) quick.push(await load(1));
tell("first load, CPU slowed 4 x, first row painted", slow.map(({ rows }) => rows), "1000");
tell("first load, CPU slowed 4 x, first contentful paint", slow.map(({ first }) => first), "-");
tell("first load, as fast as the machine is, first row painted", quick.map(({ rows }) => rows), "-");

const { page } = await visit();
await page.goto(address);
await page.locator("[data-index]").nth(5).waitFor();
await page.waitForLoadState("networkidle");

// Histogram and facets together, of days that begin at some other moment each time.
const fields = "level,category,service,errorCode,account,staff,timeCost,callId,app,kind,module,function,httpPath,release,env,host";
const counted = await page.evaluate(
  async ({ project, fields, asks }) => {
    const took = [];
    for (let i = 0; i < asks; i++) {
      const to = Date.now() - i * 31_000;
      const range = `project=${project}&from=${new Date(to - 86_400_000).toISOString()}&to=${new Date(to).toISOString()}`;
      const begin = performance.now();
      const answers = await Promise.all([fetch(`/v1/histogram?${range}`), fetch(`/v1/facets?${range}&limit=6&fields=${fields}`)]);
      for (const one of answers) {
        if (!one.ok) throw new Error(`${one.status} ${await one.text()}`);
        await one.json();
      }
      took.push(performance.now() - begin);
    }
    return took;
  },
  { project, fields, asks },
);
tell("histogram and facets of 16 fields of a day, together", counted, "300");

// What took less than 16 ms is not reported, and counts as 16. A page that is left takes what it heard with it, so it is asked before.
const listen = () => page.evaluate(() => {
  window.heard = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (interactionId > 0) window.heard.set(interactionId, Math.max(duration, window.heard.get(interactionId) ?? 0));
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
});
const heard = [];
const gather = async () => heard.push(...(await page.evaluate(() => [...window.heard.values()])));
await listen();
const frame = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
let acted = 0;
const press = async (key) => {
  if (/^[^\x00-\x7f]$/.test(key)) await page.keyboard.insertText(key); // as an input method does
  else await page.keyboard.press(key);
  acted += 1;
  await frame();
};
const rows = () => page.locator("[data-index]").first().waitFor();
const settled = () => page.waitForLoadState("networkidle");
const box = page.locator(".cm-content").first();
for (const query of ["level:error", "service:database and timeCost>200", "errorCode:*", "座席 or not level:info", "app:web-phone"]) {
  await box.click();
  acted += 1;
  await page.keyboard.press("Control+a");
  for (const sign of query) await press(sign);
  await press("Enter");
  await settled();
  await rows();
  await page.getByRole("grid").focus();
  for (const key of ["j", "j", "J", "k", "PageDown", "PageDown", "Enter", "j", "j", "Escape", "v", "v", "f"]) await press(key);
  await settled();
}
await gather();
await page.goto(address);
await listen();
await rows();
await settled();
for (const name of [/^error/, /^warn/, /^error/, /^warn/]) {
  await page.getByRole("complementary", { name: "Facets" }).getByRole("button", { name }).first().click();
  acted += 1;
  await frame();
  await settled();
}
const chart = page.getByRole("slider", { name: /Events over time/ });
await chart.focus();
for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"]) await press(key);
await settled();
for (let i = 0; i < 12; i++) {
  await page.locator("[data-index]").nth(i % 6).click();
  acted += 1;
  await frame();
}
await press("Escape");
for (const key of ["?", "Escape", "Control+k", "c", "a", "l", "l", "Escape"]) await press(key);
await gather();
const inp = [...heard, ...Array.from({ length: Math.max(0, acted - heard.length) }, () => 16)];
tell(`interaction to next paint, ${acted} interactions`, inp, "p95 100");

// Completion: from the key that ends a field's name to the values that it offers.
await page.goto(address);
await rows();
await settled();
const completed = [];
for (let i = 0; i < 3; i++) {
  for (const field of ["service", "app", "errorCode", "function", "staff", "account", "callId"]) {
    await box.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(field);
    await frame();
    await page.evaluate(() => {
      window.offered = new Promise((done) => {
        const begun = (event) => {
          if (event.key !== ":") return;
          removeEventListener("keydown", begun, true);
          const begin = performance.now();
          const look = () => {
            const list = document.querySelector('[role="listbox"]')?.textContent ?? "";
            if (list.includes(" here")) requestAnimationFrame(() => done(performance.now() - begin));
            else if (performance.now() - begin > 3000) done(-1);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        };
        addEventListener("keydown", begun, true);
      });
    });
    await page.keyboard.press(":");
    const ms = await page.evaluate(() => window.offered);
    if (ms < 0) console.log(`${field}: no value was offered within 3 s`);
    else completed.push(ms);
  }
}
tell("values offered, from the key to the list painted", completed, "80");
await browser.close();
