import { expect, test } from "vitest";
import { binClause, binsOf, figure, percent } from "./statistics";

test("shares carry as many digits as tell something", () => {
  expect([0, 0.00001, 0.0123, 0.05, 0.5, 0.923, 0.995, 0.99999, 1].map(percent)).toEqual(["0 %", "< 0.1 %", "1.2 %", "5 %", "50 %", "92 %", "99.5 %", "> 99.9 %", "100 %"]);
});

test("figures are written for people", () => {
  expect([0, 12, 1284, -3.25119, 0.00002, 1e20, 287.4444, Number.NaN].map(figure)).toEqual(["0", "12", "1,284", "-3.251", "0.00002000", "1.000e+20", "287.4", ""]);
});

test("a bin is asked for from where it begins to where it ends", () => {
  const bins = binsOf(-1, [
    { to: 10, count: 3 },
    { to: 20, count: 0 },
    { to: 900, count: 1 },
  ]);
  const [a, b, c] = bins as [(typeof bins)[0], (typeof bins)[0], (typeof bins)[0]];
  expect(a).toEqual({ from: -1, to: 10, count: 3 });
  expect(binClause("timeCost", a, a, 900)).toBe("timeCost:[-1 to 10]");
  expect(binClause("timeCost", b, a, 900)).toBe("timeCost:[-1 to 20]");
  expect(binClause("a b", c, c, 900)).toBe('"a b":>=20');
  expect(binClause("and", { from: 1e-7, to: 2, count: 1 }, { from: 1e-7, to: 2, count: 1 }, 9)).toBe('"and":[0.0000001 to 2]');
});
