import { expect, test } from "vitest";
import { dropPlace, fieldsOf, moveColumn } from "./columns";
import { JsonNumber } from "./json";
import { formatSearch, parseSearch } from "./search";

const columns = ["a", "b", "c"].map((field) => ({ field, width: 100 }));
const names = (list: readonly { readonly field: string }[]) => list.map(({ field }) => field).join("");

test("a column moves to a place, and not beyond the ends", () => {
  expect(names(moveColumn(columns, "a", 2))).toBe("bca");
  expect(names(moveColumn(columns, "c", 0))).toBe("cab");
  expect(names(moveColumn(columns, "b", 99))).toBe("acb");
  expect(names(moveColumn(columns, "b", -1))).toBe("bac");
  expect(moveColumn(columns, "x", 1)).toBe(columns);
});

test("a dragged head falls before the first head whose middle lies right of it", () => {
  const middles = [50, 150, 250];
  expect(dropPlace(middles, 0, 60)).toBe(0); // its own middle counts nothing
  expect(dropPlace(middles, 0, 160)).toBe(1);
  expect(dropPlace(middles, 0, 900)).toBe(2);
  expect(dropPlace(middles, 2, 10)).toBe(0);
});

test("fields that could be columns come from the events, the most frequent first", () => {
  const events = [
    { id: "1", time: "t", level: "info", msg: "x", staff: "s", data: { seat: { queue: 1, list: [1] }, big: new JsonNumber("123"), "": 1 } },
    { id: "2", time: "t", staff: "s", app: "a" },
  ];
  expect(fieldsOf(events)).toEqual([
    { field: "staff", events: 2 },
    { field: "app", events: 1 },
    { field: "data.", events: 1 },
    { field: "data.big", events: 1 },
    { field: "data.seat.list", events: 1 },
    { field: "data.seat.queue", events: 1 },
  ]);
});

test("a field called __proto__ and one of 255 bytes of emoji are columns like others", () => {
  const emoji = "🧵".repeat(63);
  const event = JSON.parse(`{"id":"1","time":"t","data":{"__proto__":1,"a,b:c":2,"${emoji}":3}}`) as { id: string; time: string };
  const fields = fieldsOf([event]).map(({ field }) => field);
  expect(fields).toEqual(expect.arrayContaining(["data.__proto__", "data.a,b:c", `data.${emoji}`]));
  const cols = fields.map((field) => ({ field, width: 200 }));
  expect(parseSearch(new URLSearchParams(formatSearch({ ...parseSearch(new URLSearchParams()), cols }).toString())).cols).toEqual(cols);
});
