import { expect, test } from "vitest";
import type { LogEvent } from "../api/types";
import { cellNames, cellValue, isProblem, originOf } from "./cells";

const event = (fields: Partial<LogEvent>): LogEvent => ({ id: "1", time: "2026-11-20T00:00:00Z", ...fields });

test("cells stand in the order of the table", () => {
  expect(cellNames(["callId"])).toEqual(["time", "level", "service", "message", "col:callId", "timeCost"]);
});

test("the service column names who wrote the event", () => {
  expect(originOf(event({ service: "function", function: "checkTicket", app: "phone-api" }))).toEqual({ field: "function", value: "checkTicket" });
  expect(originOf(event({ service: "app", app: "call-api" }))).toEqual({ field: "app", value: "call-api" });
  expect(originOf(event({ service: "database", app: "tickets-db" }))).toEqual({ field: "app", value: "tickets-db" });
  expect(originOf(event({ service: "database" }))).toEqual({ field: "service", value: "database" });
  expect(originOf(event({ app: "web-phone" }))).toEqual({ field: "app", value: "web-phone" });
  expect(originOf(event({ subsys: "gate", module: "auth" }))).toEqual({ field: "module", value: "auth" });
  expect(originOf(event({}))).toBeUndefined();
});

test("a cell gives what one can filter by", () => {
  const e = event({ level: "warn", msg: "late", timeCost: 0, data: { ticket: "tk" } });
  expect(cellValue(e, "level")).toEqual({ field: "level", value: "warn" });
  expect(cellValue(e, "message")).toEqual({ field: "msg", value: "late" });
  expect(cellValue(event({ msg: "late", errorCode: "E1" }), "message")).toEqual({ field: "errorCode", value: "E1" });
  expect(cellValue(e, "timeCost")).toEqual({ field: "timeCost", value: "0" });
  expect(cellValue(e, "col:data.ticket")).toEqual({ field: "data.ticket", value: "tk" });
  expect(cellValue(e, "time")).toBeUndefined();
  expect(cellValue(event({ event: "get" }), "message")).toBeUndefined();
});

test("errors and worse are problems", () => {
  expect(["debug", "warn", "error", "fatal", undefined].map((level) => isProblem(event(level === undefined ? {} : { level })))).toEqual([false, false, true, true, false]);
});
