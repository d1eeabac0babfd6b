import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parquetJoin } from "./parquetJoin";
import { readStruct, writeStruct } from "./thrift";

const place = (name: string) => `${import.meta.dirname}/testdata/${name}`;
const part = (n: number) => new Uint8Array(readFileSync(place(`part-${n}.parquet`)));
const whole = (...chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));

test("parts become the file that server/export reads back", () => {
  const join = parquetJoin();
  const file = whole(join.add(part(1)), join.add(part(2)), join.add(part(3)), join.end('a "bad" segment'));
  if (process.env["UPDATE"]) writeFileSync(place("joined.parquet"), file);
  expect(file.length).toBe(readFileSync(place("joined.parquet")).length);
  expect(Buffer.compare(file, readFileSync(place("joined.parquet")))).toBe(0);
});

test("a footer is written as it was read", () => {
  const bytes = part(3);
  const size = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  const footer = bytes.slice(bytes.length - 8 - size, bytes.length - 8);
  expect(writeStruct(readStruct(footer))).toEqual(footer);
});

test("what is no part is refused, wherever it is cut", () => {
  const good = part(1);
  expect(() => parquetJoin().add(new Uint8Array(new TextEncoder().encode("time,msg\r\n1,2\r\n")))).toThrow("no Parquet file");
  expect(() => parquetJoin().end("")).toThrow("no part");
  for (let cut = 0; cut < good.length; cut += 97) expect(() => parquetJoin().add(good.slice(0, cut))).toThrow();
  const lying = good.slice();
  new DataView(lying.buffer).setUint32(lying.length - 8, 0xffff_ffff, true);
  expect(() => parquetJoin().add(lying)).toThrow("cut off");
});

test("a part with other columns is refused", () => {
  const other = part(1);
  const at = Buffer.from(other).lastIndexOf("timeCost");
  other[at] = "T".codePointAt(0) ?? 0;
  // The name stands in the schema and in each row group; the schema's is the first in the footer.
  other[Buffer.from(other).indexOf("timeCost", other.length - new DataView(other.buffer).getUint32(other.length - 8, true) - 8)] = 84;
  const join = parquetJoin();
  join.add(part(1));
  expect(() => join.add(other)).toThrow("other columns");
});
