import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = "http://127.0.0.1:27411";
const out = "/tmp/h/five-demo/";
const enter = process.argv[2];
const only = process.argv[3] ?? "";
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const mk = async (o) => { const c = await b.newContext({ viewport: { width: o.w ?? 1440, height: o.h ?? 900 }, colorScheme: o.scheme ?? "light", locale: o.zh ? "zh-CN" : "en-US", deviceScaleFactor: o.w ? 2 : 1, hasTouch: !!o.w, bypassCSP: true }); return c; };
const st = await mk({}); const sp = await st.newPage(); await sp.goto(enter); await sp.waitForLoadState("networkidle"); const cookies = await st.cookies(); await st.close();
const axe = async (page, name) => { await page.evaluate(axeSource); const v = await page.evaluate(async () => { const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }); return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((n) => id + ": " + n.html.slice(0, 140) + " | " + n.failureSummary.slice(0, 160))); }); if (v.length) console.log("AXE", name, v); };
const acts = {
  search: async (p) => { await p.goto(base + "/search?from=-2h"); await p.locator("[data-index]").nth(3).waitFor(); },
  drawer: async (p) => { await p.goto(base + "/search?from=-2h&q=errorCode:*"); await p.locator("[data-index]").nth(1).waitFor(); await p.locator("[data-index]").nth(1).click(); await p.waitForTimeout(600); },
  cols: async (p) => { await p.goto(base + "/search?from=-2h&cols=callId,staff,@ago"); await p.locator("[data-index]").nth(3).waitFor(); },
  pipe: async (p) => { await p.goto(base + "/search?from=-2h&q=" + encodeURIComponent("timeCost:* | p95(timeCost), count by service, time(5m)")); await p.waitForTimeout(1500); },
  pipetop: async (p) => { await p.goto(base + "/search?from=-2h&q=" + encodeURIComponent("errorCode:* | top 10 function")); await p.waitForTimeout(1500); },
  complete: async (p) => { await p.goto(base + "/search?from=-2h"); await p.locator("[data-index]").nth(3).waitFor(); await p.locator(".cm-content").click(); await p.keyboard.type("service:"); await p.waitForTimeout(900); },
  keys: async (p) => { await p.goto(base + "/search?from=-2h"); await p.locator("[data-index]").nth(3).waitFor(); await p.keyboard.press("?"); await p.waitForTimeout(600); },
  speed: async (p) => { await p.goto(base + "/speed?from=-2h"); await p.waitForTimeout(2500); },
  speedkeys: async (p) => { await p.goto(base + "/speed?from=-2h"); await p.waitForTimeout(2000); await p.keyboard.press("?"); await p.waitForTimeout(600); },
  empty: async (p) => { await p.goto(base + "/search?from=-2h&q=errrorCode:nothingtofind"); await p.waitForTimeout(1500); },
  live: async (p) => { await p.goto(base + "/search?from=-15m&live=1"); await p.waitForTimeout(3000); },
  bad: async (p) => { await p.goto(base + "/search?from=-2h&q=" + encodeURIComponent("level:(error or")); await p.waitForTimeout(1500); },
  jump: async (p) => { await p.goto(base + "/search?from=-2h"); await p.locator("[data-index]").nth(3).waitFor(); await p.keyboard.press("Control+k"); await p.waitForTimeout(700); },
  seq: async (p) => { await p.goto(base + "/search?from=-2h&q=" + encodeURIComponent('sequence by session [errorCode:TICKET_EXPIRED] then not [httpPath:"/ticket/refresh"] within 5s')); await p.waitForTimeout(2000); },
};
const looks = { light: {}, dark: { scheme: "dark" }, phone: { w: 390, h: 844 }, zh: { zh: true }, phonezh: { w: 390, h: 844, zh: true, scheme: "dark" } };
for (const [ln, look] of Object.entries(looks)) {
  const c = await mk(look); await c.addCookies(cookies);
  for (const [name, act] of Object.entries(acts)) {
    if (only !== "" && !only.split(",").some((o) => `${name}-${ln}`.startsWith(o))) continue;
    const p = await c.newPage(); p.setDefaultTimeout(8000); p.on("pageerror", (e) => console.log("ERR", name, ln, String(e)));
    try { await act(p); const wide = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth); if (wide > 0) console.log("OVERFLOW", name, ln, wide); await p.screenshot({ path: `${out}${name}-${ln}.png` }); await axe(p, `${name}-${ln}`); } catch (e) { console.log("FAIL", name, ln, String(e).slice(0, 300)); await p.screenshot({ path: `${out}${name}-${ln}.png` }); }
    await p.close();
  }
  await c.close();
}
await b.close();
