import { expect, test } from "vitest";
import { loadLanguage, translator } from "../i18n";
import { rangeLabel } from "./rangeLabel";

const zone = "Asia/Shanghai";
const now = Date.parse("2026-11-20T06:36:00Z");
const label = (from: string, to: string) => rangeLabel({ from, to }, now, zone, translator());

test("a range is said as shortly as it is clear", () => {
  expect(label("-15m", "now")).toBe("Last 15 minutes");
  expect(label("-1h", "now")).toBe("Last hour");
  expect(label("today", "now")).toBe("Today");
  expect(label("yesterday", "today")).toBe("Yesterday");
  expect(label("-2d", "-1d")).toBe("-2d – -1d");
  expect(label("2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z")).toBe("Today 14:00 – 15:00");
  expect(label("2026-11-19T15:00:00Z", "2026-11-19T17:00:30Z")).toBe("Yesterday 23:00 – Today 01:00:30");
  expect(label("2026-11-17T16:00:00Z", "2026-11-18T16:00:00Z")).toBe("Nov 18");
  expect(label("2026-11-18T15:00:00Z", "2026-11-18T16:00:00Z")).toBe("Nov 18 23:00 – 24:00");
  expect(label("2025-11-17T16:00:00Z", "2025-11-17T17:00:00Z")).toBe("Nov 18, 2025 00:00 – 01:00");
  expect(label("nonsense", "now")).toBe("nonsense – now");
});

test("in Chinese too", async () => {
  await loadLanguage("zh");
  expect(label("-15m", "now")).toBe("最近 15 分钟");
  expect(label("2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z")).toBe("今天 14:00 – 15:00");
  await loadLanguage("en");
});
