import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connection } from "./connection";
import { tail } from "./tail";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a live line that broke is taken up as soon as the server answers anybody, and says since when it was broken", async () => {
  vi.setSystemTime(1000);
  let asked = 0;
  let up = false;
  vi.stubGlobal("fetch", async (path: string) => {
    if (!path.startsWith("/v1/tail")) return new Response("", { status: up ? 200 : 503 });
    asked++;
    if (!up) throw new TypeError("refused");
    return new Response('event: open\ndata: {}\n\nid: 1\nevent: event\ndata: {"id":"1","time":"t"}\n\nevent: dropped\ndata: {"count":3}\n\n');
  });
  const told: string[] = [];
  const stop = tail("q", "p", {
    open: (again, since) => told.push(`open ${String(again)} ${since ?? "-"}`),
    events: (lot) => told.push(`events ${lot.map(({ id }) => id).join()}`),
    dropped: (count) => told.push(`dropped ${count}`),
    broken: (nextTry) => told.push(`broken, next ${nextTry}`),
    refused: () => told.push("refused"),
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["broken, next 2000"]);
  up = true;
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toBe(1); // it would wait until 2000
  connection.answered();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toBe(2);
  expect(told.slice(1, 4)).toEqual(["open true 1000", "dropped 3", "events 1"]);
  stop();
  const before = asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(before);
});
