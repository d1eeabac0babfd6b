/**
 * JSON that keeps its numbers as they were written: a telephone number of 19
 * digits must not be rounded by the page that shows it.
 */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** A number by its text. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An object with its keys in the order in which they came. */
export class JsonObject {
  readonly entries: readonly (readonly [key: string, value: Json])[];
  constructor(entries: readonly (readonly [string, Json])[]) {
    this.entries = entries;
  }
  get(key: string): Json | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }
}

const token = /[\s]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/** Parses JSON; throws SyntaxError. Nesting is limited by the server (and by the stack here, at some thousands). */
export function parseJson(text: string): Json {
  let at = 0;
  const next = (): RegExpExecArray => {
    token.lastIndex = at;
    const m = token.exec(text);
    if (m === null) throw new SyntaxError(`no JSON at character ${at + 1}`);
    at = token.lastIndex;
    return m;
  };
  const peek = (): string => {
    const before = at;
    const [, sign = ""] = next();
    at = before;
    return sign;
  };
  const expectSign = (...signs: string[]): string => {
    const [, sign = ""] = next();
    if (!signs.includes(sign)) throw new SyntaxError(`${signs.join(" or ")} was expected before character ${at + 1}`);
    return sign;
  };
  const value = (): Json => {
    const [, sign, quoted, number, word] = next();
    if (quoted !== undefined) return JSON.parse(quoted) as string;
    if (number !== undefined) return new JsonNumber(number);
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (sign === "[") {
      const list: Json[] = [];
      if (peek() === "]") next();
      else do list.push(value());
      while (expectSign(",", "]") === ",");
      return list;
    }
    if (sign === "{") {
      const entries: [string, Json][] = [];
      if (peek() === "}") next();
      else
        do {
          const key = value();
          if (typeof key !== "string") throw new SyntaxError(`a key was expected before character ${at + 1}`);
          expectSign(":");
          entries.push([key, value()]);
        } while (expectSign(",", "}") === ",");
      return new JsonObject(entries);
    }
    throw new SyntaxError(`a value was expected before character ${at + 1}`);
  };
  const result = value();
  if (text.slice(at).trim() !== "") throw new SyntaxError(`more than one value, at character ${at + 1}`);
  return result;
}

/** A scalar as text; undefined for lists and objects. */
export function scalarText(value: Json): string | undefined {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return value instanceof JsonNumber ? value.text : undefined;
}

/** Writes JSON, indented by two when `indent` is given. */
export function printJson(value: Json, indent?: number): string {
  const line = indent === undefined ? "" : `\n${"  ".repeat(indent + 1)}`;
  const close = indent === undefined ? "" : `\n${"  ".repeat(indent)}`;
  const deeper = indent === undefined ? undefined : indent + 1;
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof JsonObject) {
    if (value.entries.length === 0) return "{}";
    const colon = indent === undefined ? ":" : ": ";
    return `{${value.entries.map(([key, v]) => line + JSON.stringify(key) + colon + printJson(v, deeper)).join(",")}${close}}`;
  }
  if (value instanceof JsonNumber || value === null || typeof value === "boolean") return scalarText(value) ?? "";
  return value.length === 0 ? "[]" : `[${value.map((v) => line + printJson(v, deeper)).join(",")}${close}]`;
}
