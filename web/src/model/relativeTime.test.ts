import { expect, test } from "vitest";
import { relativeTime } from "./relativeTime";

test("a moment is said from now, in the unit that fits, never longer ago than it is", () => {
  const now = 1_000_000_000_000;
  for (const [ms, en, zh] of [
    [0, "0 sec. ago", "0秒前"],
    [59_999, "59 sec. ago", "59秒前"],
    [119_999, "1 min. ago", "1分钟前"],
    [3_600_000, "1 hr. ago", "1小时前"],
    [90_000_000, "1 day ago", "1天前"],
    [300 * 365.25 * 86_400_000, "300 yr. ago", "300年前"],
    [-5000, "in 5 sec.", "5秒后"],
  ] as const) {
    expect(relativeTime(now - ms, now, "en")).toBe(en);
    expect(relativeTime(now - ms, now, "zh-CN")).toBe(zh);
  }
});
