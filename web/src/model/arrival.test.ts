import { expect, test } from "vitest";
import { type Arrivals, diagnose, patienceMs, pollEvery } from "./arrival";

const nothing: Arrivals = { reached: null, key: null, origin: null, stored: null };
const reached = { at: "2026-11-21T14:36:41Z", from: "127.0.0.1", door: "track" };
const page = { fromPage: true, origins: ["https://phone.example.com"], waitedMs: 1000 };
const server = { fromPage: false, origins: [], waitedMs: 1000 };

const states = (seen: Arrivals | undefined, how = page) => diagnose(seen, how).steps.map((step) => `${step.id}:${step.state}`).join(" ");

test("before the first answer, and before the first request, everything waits", () => {
  expect(states(undefined)).toBe("reached:waiting key:waiting origin:waiting stored:waiting");
  expect(states(nothing)).toBe("reached:waiting key:waiting origin:waiting stored:waiting");
  expect(diagnose(nothing, page)).toMatchObject({ remedy: undefined, done: false, progress: 0 });
});

test("a server's key has no step for an origin", () => {
  expect(states(nothing, server)).toBe("reached:waiting key:waiting stored:waiting");
});

test("a refused origin is the step that fails, and allowing it is the remedy", () => {
  const seen: Arrivals = { ...nothing, reached, key: { ok: true }, origin: { ok: false, origin: "http://localhost:5173" } };
  expect(states(seen)).toBe("reached:done key:done origin:failed stored:waiting");
  expect(diagnose(seen, page).remedy).toEqual({ do: "allow-origin", origin: "http://localhost:5173" });
  expect(diagnose(seen, page).progress).toBe(0.5);
});

test("once allowed, an origin waits for the sender's next try and nothing is asked of the person", () => {
  const seen: Arrivals = { ...nothing, reached, key: { ok: true }, origin: { ok: false, origin: "http://localhost:5173" } };
  const how = { ...page, origins: [...page.origins, "http://localhost:5173"], waitedMs: 10 * patienceMs };
  expect(states(seen, how)).toBe("reached:done key:done origin:allowed stored:waiting");
  expect(diagnose(seen, how).remedy).toBeUndefined();
});

test("a refused key asks for another one", () => {
  const seen: Arrivals = { ...nothing, reached, key: { ok: false, reason: "a browser key opens the SDK's door only" } };
  expect(states(seen)).toBe("reached:done key:failed origin:waiting stored:waiting");
  expect(diagnose(seen, page).remedy).toEqual({ do: "new-key", reason: "a browser key opens the SDK's door only" });
});

test("when nothing comes for long, ways to look why are offered", () => {
  expect(diagnose(nothing, { ...page, waitedMs: patienceMs - 1 }).remedy).toBeUndefined();
  expect(diagnose(nothing, { ...page, waitedMs: patienceMs }).remedy).toEqual({ do: "check-way" });
});

test("when requests come but hold no event, their body is suspected", () => {
  const seen: Arrivals = { ...nothing, reached, key: { ok: true }, stored: { at: reached.at, events: 0 } };
  expect(diagnose(seen, { ...server, waitedMs: patienceMs }).remedy).toEqual({ do: "check-body" });
});

test("the first stored event closes the thread, also when no origin was ever sent", () => {
  const seen: Arrivals = { reached, key: { ok: true }, origin: null, stored: { at: reached.at, events: 1, eventId: "s.1" } };
  expect(states(seen)).toBe("reached:done key:done origin:done stored:done");
  expect(diagnose(seen, page)).toMatchObject({ done: true, progress: 1, remedy: undefined });
});

test("a refusal after the first event is told still", () => {
  const seen: Arrivals = { reached, key: { ok: true }, origin: { ok: false, origin: "null" }, stored: { at: reached.at, events: 1, eventId: "s.1" } };
  expect(diagnose(seen, page)).toMatchObject({ done: true, remedy: { do: "allow-origin", origin: "null" } });
});

test("a page that stays open for hours asks less often", () => {
  expect([0, 119_999, 120_000, 3_600_000].map(pollEvery)).toEqual([1000, 1000, 3000, 10_000]);
});
