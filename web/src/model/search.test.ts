import { expect, test } from "vitest";
import { formatSearch, parseSearch, type Search } from "./search";

const plain: Search = { q: "", range: { from: "-15m", to: "now" }, tz: "", cols: [], sel: "", tab: "fields", live: false, chart: "", sort: "", pins: undefined, stat: "", tabs: "", project: "" };

test("an empty address is the last 15 minutes of everything", () => {
  expect(parseSearch(new URLSearchParams())).toEqual(plain);
  expect(formatSearch(plain).toString()).toBe("");
});

test("parse and format are inverses", () => {
  const states: Search[] = [
    plain,
    { ...plain, q: "account:acct-7731 and (errorCode:* or category:*)" },
    { ...plain, q: "  票据 过期（a）+&=%#\n", range: { from: "-1h", to: "now" }, tz: "Asia/Shanghai" },
    { ...plain, range: { from: "2026-11-20T06:00:00Z", to: "2026-11-20T07:00:00Z" }, sel: "01JD4K7Q2M.118", tab: "raw" },
    { ...plain, range: { from: "yesterday", to: "today" }, live: true, project: "phone-prod" },
    { ...plain, cols: [{ field: "callId", width: 140 }, { field: "httpPath", width: 220 }] },
    { ...plain, pins: [], stat: "__proto__" },
    { ...plain, pins: ["and", '"x"', "a,b", "c\\", "a.b"], stat: "a,b" },
    { ...plain, cols: [{ field: "a,b", width: 60 }, { field: "a:7", width: 140 }, { field: "c\\", width: 800 }, { field: "票据", width: 99 }] },
  ];
  for (const state of states) {
    const written = formatSearch(state);
    expect(parseSearch(written)).toEqual(state);
    expect(parseSearch(new URLSearchParams(written.toString()))).toEqual(state);
  }
});

test("random states survive the address", () => {
  let seed = 11;
  const next = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const signs = ["a", ":", ",", "\\", " ", "票", "é", "😀", "&", "=", "+", "%", '"', "（", "7"];
  const text = (most: number) => Array.from({ length: next(most) }, () => signs[next(signs.length)]).join("");
  for (let i = 0; i < 2000; i++) {
    const names = [...new Set([text(5), text(5), text(5)])].filter((name) => name !== "");
    const sel = text(4);
    const live = next(2) === 1;
    const state: Search = {
      q: text(12),
      range: { from: `-${1 + next(90)}m`, to: next(2) ? "now" : "-30s" },
      tz: next(2) ? "UTC" : "",
      cols: names.map((field) => ({ field, width: 60 + next(700) })),
      sel,
      tab: sel !== "" && next(2) ? "json" : "fields",
      live,
      // A live list and a chart are two views: the address names one.
      chart: live ? "" : (["", "line", "bar", "table", "top"] as const)[next(5)] ?? "",
      sort: text(4),
      pins: next(2) ? undefined : names,
      stat: text(3),
      tabs: text(6),
      project: text(3),
    };
    expect(parseSearch(new URLSearchParams(formatSearch(state).toString()))).toEqual(state);
  }
});

test("what cannot be understood is as if it were not there", () => {
  const state = parseSearch(new URLSearchParams("tab=nonsense&view=upside-down&cols=,,a,a:5,b:99999,&from=&to="));
  expect(state).toEqual({ ...plain, cols: [{ field: "a", width: 140 }, { field: "b:99999", width: 140 }] });
});
