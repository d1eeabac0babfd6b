import type { Joining } from "./exporting";
import { type Field, fieldOf, type List, readStruct, type Struct, type Value, writeStruct } from "./thrift";

/*
 * The parts of a Parquet export are files of their own, so that each can be
 * asked for again. They become one by writing their row groups one after the
 * other and one footer about all of them at the end: the pages are not opened.
 */

// Ids of fields, as parquet.thrift numbers them.
const file = { schema: 2, rows: 3, groups: 4, metadata: 5 } as const;
const group = { columns: 1, offset: 5, ordinal: 7 } as const;
const chunk = { offset: 2, meta: 3, offsetIndex: 4, columnIndexLength: 7 } as const;
const column = { size: 7, dataPage: 9, indexPage: 10, dictionaryPage: 11, bloom: 14, bloomLength: 15 } as const;

const magic = [0x50, 0x41, 0x52, 0x31] as const; // PAR1
const isMagic = (bytes: Uint8Array, at: number) => magic.every((b, i) => bytes[at + i] === b);

const asStruct = (v: Value | undefined): Struct => (Array.isArray(v) ? v : []);
const asItems = (v: Value | undefined): Value[] => (v as List | undefined)?.items ?? [];
const asNumber = (field: Field | undefined): bigint => (typeof field?.value === "bigint" ? field.value : 0n);

/** Joins the parts of one export, in their order. A part that is no Parquet file, or has other columns, is an error. */
export function parquetJoin(): Joining {
  let written = 0n; // bytes of the file so far
  let schema = "";
  let footer: Struct | undefined;
  let rows = 0n;
  const groups: Value[] = [];

  const add = (part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const size = part.length;
    if (size < 12 || !isMagic(part, 0) || !isMagic(part, size - 4)) throw new Error("A part of the export is no Parquet file.");
    const length = new DataView(part.buffer, part.byteOffset).getUint32(size - 8, true);
    if (length > size - 12) throw new Error("The footer of a part of the export is cut off.");
    const own = readStruct(part.subarray(size - 8 - length, size - 8));
    const columns = JSON.stringify(fieldOf(own, file.schema)?.value, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v instanceof Uint8Array ? [...v] : v));
    if (footer !== undefined && columns !== schema) throw new Error("A part of the export has other columns than those before it.");
    const begin = written === 0n ? 0 : magic.length;
    const shift = written - BigInt(begin);
    let end: number = magic.length;
    for (const g of asItems(fieldOf(own, file.groups)?.value)) {
      end = Math.max(end, move(asStruct(g), shift, BigInt(groups.length)));
      groups.push(g);
    }
    [schema, footer, rows] = [columns, own, rows + asNumber(fieldOf(own, file.rows))];
    const out = part.slice(begin, end);
    written += BigInt(out.length);
    return out;
  };

  const end = (reason: string): Uint8Array<ArrayBuffer> => {
    if (footer === undefined) throw new Error("The export has no part.");
    const about = footer.map((field): Field => {
      switch (field.id) {
        case file.rows:
          return { ...field, value: rows };
        case file.groups:
          return { ...field, value: { type: 12, items: groups } };
        case file.metadata:
          return { ...field, value: { type: 12, items: asItems(field.value).map((pair) => tell(asStruct(pair), reason)) } };
        default:
          return field;
      }
    });
    const bytes = writeStruct(about);
    const out = new Uint8Array(bytes.length + 8);
    out.set(bytes);
    new DataView(out.buffer).setUint32(bytes.length, bytes.length, true);
    out.set(magic, bytes.length + 4);
    return out;
  };
  return { add, end };
}

/** Moves a row group, and gives where its pages ended before. Indexes of pages, which have places of their own, are left out: readers do without. */
function move(g: Struct, shift: bigint, ordinal: bigint): number {
  const by = (field: Field | undefined) => {
    if (field !== undefined && typeof field.value === "bigint" && field.value > 0n) field.value += shift;
  };
  let end = 0n;
  by(fieldOf(g, group.offset));
  const place = fieldOf(g, group.ordinal);
  if (place !== undefined) place.value = ordinal;
  for (const item of asItems(fieldOf(g, group.columns)?.value)) {
    const c = asStruct(item);
    const meta = asStruct(fieldOf(c, chunk.meta)?.value);
    const starts = [column.dataPage, column.dictionaryPage].map((id) => asNumber(fieldOf(meta, id))).filter((n) => n > 0n);
    const start = starts.reduce((a, b) => (a < b ? a : b), starts[0] ?? 0n);
    const last = start + asNumber(fieldOf(meta, column.size));
    if (last > end) end = last;
    for (const id of [column.dataPage, column.indexPage, column.dictionaryPage]) by(fieldOf(meta, id));
    leaveOut(meta, column.bloom, column.bloomLength);
    by(fieldOf(c, chunk.offset));
    leaveOut(c, chunk.offsetIndex, chunk.columnIndexLength);
  }
  return Number(end);
}

function leaveOut(struct: Struct, from: number, to: number) {
  for (let i = struct.length - 1; i >= 0; i--) {
    const id = struct[i]?.id ?? 0;
    if (id >= from && id <= to) struct.splice(i, 1);
  }
}

/** What an earlier part lacked, the whole lacks. */
function tell(pair: Struct, reason: string): Struct {
  const text = (id: number) => {
    const v = fieldOf(pair, id)?.value;
    return v instanceof Uint8Array ? new TextDecoder().decode(v) : "";
  };
  if (reason === "" || text(1) !== "clewline") return pair;
  const end = { ...(JSON.parse(text(2)) as object), partial: true, reason };
  return pair.map((field) => (field.id === 2 ? { ...field, value: new TextEncoder().encode(JSON.stringify(end)) } : field));
}
