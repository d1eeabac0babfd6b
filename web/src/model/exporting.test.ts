import { expect, test } from "vitest";
import { exportParts, type Part, readEnd, shownColumns, type Sink, wholePart } from "./exporting";

const bytes = (text: string) => new TextEncoder().encode(text);

function memory() {
  let text = "";
  let state = "open";
  const sink: Sink = {
    write: async (chunk) => void (text += new TextDecoder().decode(chunk)),
    close: async () => void (state = "closed"),
    abort: async () => void (state = "aborted"),
  };
  return { sink, text: () => text, state: () => state };
}

const parts: Readonly<Record<string, Part>> = {
  "": { bytes: bytes("1\n2\n"), events: 2, next: "b", reason: "", undecided: 1 },
  b: { bytes: bytes("3\n4\n"), events: 4, next: "c", reason: "a segment is damaged", undecided: 0 },
  c: { bytes: bytes("5\n"), events: 5, next: "", reason: "", undecided: 2 },
};
const give = async (cursor: string) => parts[cursor] ?? Promise.reject(new Error("no such part"));
const pause = async () => {};

test("parts are written one after the other, and what they lack is told", async () => {
  const file = memory();
  const told: number[] = [];
  const out = await exportParts({ part: give, sink: file.sink, onProgress: (p) => told.push(p.events), wait: () => undefined, pause, signal: new AbortController().signal });
  expect(out).toEqual({ events: 5, bytes: 10, reason: "a segment is damaged", undecided: 3 });
  expect([file.text(), file.state(), told]).toEqual(["1\n2\n3\n4\n5\n", "closed", [2, 4, 5]]);
});

test("a part that did not come is asked for again, and is there once", async () => {
  const file = memory();
  let fails = 3;
  const tries: number[] = [];
  const part = async (cursor: string) => (cursor === "b" && fails-- > 0 ? Promise.reject(new Error("cut")) : give(cursor));
  await exportParts({ part, sink: file.sink, onProgress: (p) => tries.push(p.tries), wait: (_, n) => (n < 5 ? 1 : undefined), pause, signal: new AbortController().signal });
  expect(file.text()).toBe("1\n2\n3\n4\n5\n");
  expect(tries).toEqual([0, 1, 2, 3, 0, 0]);
});

test("what cannot go on, or is cancelled, leaves no file behind", async () => {
  const refused = memory();
  await expect(exportParts({ part: () => Promise.reject(new Error("forbidden")), sink: refused.sink, onProgress: () => {}, wait: () => undefined, pause, signal: new AbortController().signal })).rejects.toThrow("forbidden");
  expect(refused.state()).toBe("aborted");

  const cancelled = memory();
  const stop = new AbortController();
  await expect(exportParts({ part: give, sink: cancelled.sink, onProgress: () => stop.abort(), wait: () => 1, pause, signal: stop.signal })).rejects.toThrow();
  expect(cancelled.state()).toBe("aborted");

  const waiting = memory();
  await expect(exportParts({ part: () => Promise.reject(new Error("cut")), sink: waiting.sink, onProgress: () => {}, wait: () => 1000, pause: () => Promise.reject(new Error("cancelled")), signal: new AbortController().signal })).rejects.toThrow("cancelled");
  expect(waiting.state()).toBe("aborted");
});

test("a table comes whole, and its last bytes say what it lacks", async () => {
  const text = 'PAR1 rows \u0000 clewline {"partial":true,"reason":"a \\"bad\\" segment","query":"{","from":"","to":"","count":123} PAR1';
  expect(wholePart(bytes(text))).toMatchObject({ events: 123, reason: 'a "bad" segment', next: "" });
  expect(wholePart(bytes("service,count\r\n"))).toMatchObject({ events: 0, reason: "", next: "" });
  expect(readEnd("nothing of it")).toEqual({ events: 0, reason: "" });
});

test("a part that cannot be joined leaves no file behind", async () => {
  const file = memory();
  const joining = { add: () => { throw new Error("no Parquet file"); }, end: () => bytes("") };
  await expect(exportParts({ part: give, joining, sink: file.sink, onProgress: () => {}, wait: () => undefined, pause, signal: new AbortController().signal })).rejects.toThrow("no Parquet file");
  expect(file.state()).toBe("aborted");
});

test("the shown columns are the page's own and the added ones, once each, and none that is computed", () => {
  expect(shownColumns(["callId", "@ago", "service"])).toEqual(["time", "level", "service", "msg", "callId"]);
});
