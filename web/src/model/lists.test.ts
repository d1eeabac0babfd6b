import { describe, expect, test } from "vitest";
import type { LogEvent } from "../api/types";
import { Live, mostLiveRows, mostWaiting } from "./live";
import { Rows } from "./rows";
import { threadAt, threadOf } from "./thread";

const event = (id: number | string, traceId?: string): LogEvent => ({ id: String(id), time: "2026-11-20T00:00:00Z", ...(traceId === undefined ? {} : { traceId }) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(from + i));
const timed = (id: string, time: string): LogEvent => ({ id, time });
const ids = (rows: Rows) => rows.all().map((e) => e.id);

describe("a list of rows", () => {
  test("holds no event twice, wherever it came from", () => {
    const rows = new Rows();
    rows.append([event(3), event(2), event(3)]);
    rows.prepend([event(4), event(3)], 10);
    rows.append([event(2), event(1)]);
    expect(ids(rows)).toEqual(["4", "3", "2", "1"]);
    expect(["4", "2", "1", "9"].map((id) => rows.indexOf(id))).toEqual([0, 2, 3, -1]);
  });

  test("keeps places right while it grows at both ends", () => {
    const rows = new Rows();
    rows.append([event("a")]);
    expect(rows.indexOf("a")).toBe(0);
    rows.append([event("b")]);
    expect(rows.indexOf("b")).toBe(1);
    rows.prepend([event("c")], 2);
    expect(ids(rows)).toEqual(["c", "a"]);
    expect(rows.indexOf("b")).toBe(-1);
    rows.append([event("b")]);
    expect(rows.indexOf("b")).toBe(2);
  });

  test("tells its readers of each change, and of nothing else", () => {
    const rows = new Rows();
    let told = 0;
    const stop = rows.subscribe(() => told++);
    rows.append([event(1)]);
    rows.append([event(1)]);
    rows.replace([]);
    stop();
    rows.append([event(2)]);
    expect(told).toBe(2);
  });

  test("finds the next row of a kind in both directions", () => {
    const rows = new Rows();
    rows.append([event(1), event(2, "t"), event(3), event(4, "t")]);
    const traced = (e: LogEvent) => e.traceId === "t";
    expect([rows.find(2, 1, traced), rows.find(2, -1, traced), rows.find(4, 1, traced), rows.find(0, -1, traced)]).toEqual([3, 1, -1, -1]);
  });
});

describe("live rows", () => {
  test("go to the top of the list while it is read there", () => {
    const rows = new Rows();
    const live = new Live(rows);
    live.arrive([event(1), event(2)], 0);
    live.arrive([event(3)], 100);
    expect(ids(rows)).toEqual(["3", "2", "1"]);
    expect(live.state()).toMatchObject({ waiting: 0, rate: 0.6 });
  });

  test("that came together stand newest first, by their own time", () => {
    const rows = new Rows();
      new Live(rows).arrive([timed("a", "2026-11-20T00:00:07.5Z"), timed("b", "2026-11-20T00:00:07Z"), timed("c", "2026-11-20T00:00:08Z"), timed("d", "2026-11-20T00:00:07.5Z")], 0);
    expect(ids(rows)).toEqual(["c", "d", "a", "b"]);
  });

  test("wait while the list is read further down, and come in when it is back at its top", () => {
    const rows = new Rows();
    const live = new Live(rows);
    live.arrive([event(1)], 0);
    live.setAtTop(false, 1);
    live.arrive([event(2), event(1), event(3)], 2);
    expect(ids(rows)).toEqual(["1"]);
    expect(live.state().waiting).toBe(2);
    live.setAtTop(true, 3);
    expect(ids(rows)).toEqual(["3", "2", "1"]);
    expect(live.state().waiting).toBe(0);
  });

  test("stay out while paused, also at the top", () => {
    const rows = new Rows();
    const live = new Live(rows);
    live.setPaused(true, 0);
    live.arrive([event(1)], 1);
    live.setAtTop(false, 2);
    live.setPaused(false, 3);
    expect(rows.length).toBe(0);
    live.setAtTop(true, 4);
    expect(rows.length).toBe(1);
  });

  test("are bounded: the newest 10,000 wait, and the count of the others is told", () => {
    const rows = new Rows();
    const live = new Live(rows);
    live.setPaused(true, 0);
    live.arrive(range(0, mostWaiting), 1);
    live.arrive(range(mostWaiting, mostWaiting + 7), 2);
    expect(live.state()).toMatchObject({ waiting: mostWaiting, leftOut: 7 });
    live.setPaused(false, 3);
    expect(rows.length).toBe(mostWaiting); // all that waited
    expect(rows.at(0)?.id).toBe(String(mostWaiting + 6));
    expect(live.state()).toMatchObject({ waiting: 0, trimmed: 0 });
    live.arrive(range(50_000, 50_000 + mostLiveRows), 4);
    expect(rows.length).toBe(mostLiveRows);
    expect(live.state().trimmed).toBe(mostWaiting);
  });

  test("that were missed wait in their order, none of them twice", () => {
    const rows = new Rows();
    const live = new Live(rows);
    const at = (second: number) => timed(`e${second}`, `2026-11-20T00:00:0${second}Z`);
    live.setPaused(true, 0);
    live.arrive([at(1)], 1);
    live.arrive([at(5)], 2); // the line stands again
    expect(live.missed([at(4), at(3), at(1), at(5)], 3)).toBe(2); // and this is what came in between
    expect(live.state()).toMatchObject({ waiting: 4, following: false, rate: 0.4 });
    live.setPaused(false, 4);
    expect(ids(rows)).toEqual(["e5", "e4", "e3", "e1"]);
    expect(live.state()).toMatchObject({ waiting: 0, following: true });
  });

  test("tell what the server dropped, and how fast they come", () => {
    const live = new Live(new Rows());
    live.drop(17, 0);
    live.drop(3, 1);
    live.arrive(range(0, 50), 1000);
    expect(live.state()).toMatchObject({ dropped: 20, rate: 10 });
    live.tick(7000);
    expect(live.state().rate).toBe(0);
  });
});

describe("the thread", () => {
  const rows = [event(0), event(1, "t"), event(2, "u"), event(3, "t"), event(4), event(5, "t"), event(6)];

  test("ties the rows of the selected row's trace", () => {
    const thread = threadOf(rows, 3);
    expect(rows.map((_, i) => threadAt(thread, i))).toEqual([
      undefined,
      { knot: true, up: false, down: true },
      { knot: false, up: true, down: true },
      { knot: true, up: true, down: true },
      { knot: false, up: true, down: true },
      { knot: true, up: true, down: false },
      undefined,
    ]);
  });

  test("is not drawn for a row without a trace, or alone in it", () => {
    expect(threadOf(rows, 0)).toBeUndefined();
    expect(threadOf(rows, 2)).toBeUndefined();
    expect(threadOf(rows, 99)).toBeUndefined();
  });
});
