/**
 * Thrift's compact protocol, as far as the footer of a Parquet file needs it:
 * what is not understood is carried over as it is, since every value is read by
 * its type and written back the same way.
 */
export type Value = bigint | boolean | Uint8Array | List | Struct;
export interface List {
  readonly type: number;
  readonly items: Value[];
}
export interface Field {
  readonly id: number;
  readonly type: number;
  value: Value;
}
/** Fields in the order of their ids. */
export type Struct = Field[];

const types = { yes: 1, no: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12 } as const;
const deepest = 32;

/** Reads one struct. What is cut off, or of a type that footers do not have, is an error. */
export function readStruct(bytes: Uint8Array): Struct {
  let at = 0;
  const next = (): number => {
    const b = bytes[at++];
    if (b === undefined) throw new Error("The footer of a Parquet file is cut off.");
    return b;
  };
  const varint = (): bigint => {
    let n = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const b = next();
      n |= BigInt(b & 0x7f) << shift;
      if (b < 0x80) return n;
    }
    throw new Error("A number in the footer of a Parquet file has no end.");
  };
  const zigzag = (n: bigint): bigint => (n >> 1n) ^ -(n & 1n);
  const take = (size: number): Uint8Array => {
    if (size > bytes.length - at) throw new Error("The footer of a Parquet file is cut off.");
    at += size;
    return bytes.subarray(at - size, at);
  };
  const value = (type: number, depth: number): Value => {
    switch (type) {
      case types.yes:
      case types.no:
        return type === types.yes;
      case types.byte:
        return BigInt(next());
      case types.i16:
      case types.i32:
      case types.i64:
        return zigzag(varint());
      case types.double:
        return take(8);
      case types.binary:
        return take(Number(varint()));
      case types.list:
      case types.set: {
        const head = next();
        const of = head & 0x0f;
        const size = head >> 4 === 15 ? Number(varint()) : head >> 4;
        if (size > bytes.length) throw new Error("A list in the footer of a Parquet file is longer than the footer.");
        return { type: of, items: Array.from({ length: size }, () => (of <= types.no ? next() === types.yes : value(of, depth + 1))) };
      }
      case types.struct:
        return struct(depth + 1);
      default:
        throw new Error(`The footer of a Parquet file has a value of the type ${type}.`);
    }
  };
  const struct = (depth: number): Struct => {
    if (depth > deepest) throw new Error("The footer of a Parquet file is nested too deep.");
    const fields: Struct = [];
    for (let id = 0; ; ) {
      const head = next();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(zigzag(varint())) : id + (head >> 4);
      fields.push({ id, type: head & 0x0f, value: value(head & 0x0f, depth) });
    }
  };
  return struct(0);
}

/** Writes a struct. */
export function writeStruct(fields: Struct): Uint8Array<ArrayBuffer> {
  let out = new Uint8Array(4096);
  let at = 0;
  const put = (...more: readonly number[]) => append(Uint8Array.from(more));
  const append = (more: Uint8Array) => {
    if (at + more.length > out.length) {
      const larger = new Uint8Array(Math.max(2 * out.length, at + more.length));
      larger.set(out.subarray(0, at));
      out = larger;
    }
    out.set(more, at);
    at += more.length;
  };
  const varint = (n: bigint) => {
    const more: number[] = [];
    for (; n >= 0x80n; n >>= 7n) more.push(Number(n & 0x7fn) | 0x80);
    put(...more, Number(n));
  };
  const zigzag = (n: bigint) => varint(n >= 0n ? n << 1n : (-n << 1n) - 1n);
  const value = (type: number, v: Value) => {
    switch (type) {
      case types.byte:
        return put(Number(v));
      case types.i16:
      case types.i32:
      case types.i64:
        return zigzag(v as bigint);
      case types.double:
        return append(v as Uint8Array);
      case types.binary:
        varint(BigInt((v as Uint8Array).length));
        return append(v as Uint8Array);
      case types.list:
      case types.set: {
        const { type: of, items } = v as List;
        if (items.length < 15) put((items.length << 4) | of);
        else {
          put(0xf0 | of);
          varint(BigInt(items.length));
        }
        for (const item of items) {
          if (of <= types.no) put(item === true ? types.yes : types.no);
          else value(of, item);
        }
        return undefined;
      }
      case types.struct:
        return struct(v as Struct);
      default: // yes, no: the type is the value
        return undefined;
    }
  };
  const struct = (all: Struct) => {
    let before = 0;
    for (const { id, type, value: v } of all) {
      const step = id - before;
      if (step > 0 && step < 16) put((step << 4) | type);
      else {
        put(type);
        zigzag(BigInt(id));
      }
      before = id;
      value(type, v);
    }
    put(0);
  };
  struct(fields);
  return out.slice(0, at);
}

/** The field of that id; undefined when it is absent. */
export function fieldOf(struct: Struct, id: number): Field | undefined {
  return struct.find((field) => field.id === id);
}
