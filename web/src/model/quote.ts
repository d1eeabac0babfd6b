// What a visitor typed, or a server's name, goes into code that somebody
// pastes into a terminal. It must arrive there as text and never as code.

/** One word of a POSIX shell; quoted only where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string of JavaScript, in single quotes, safe in a script element too. */
export function jsString(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  // </script> and <!-- would end or change the element; U+2028 ended lines before ES2019.
  return `'${inner.replaceAll("<", "\\x3c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")}'`;
}

/** A string of Python. JSON's escapes are Python's, but for pairs of surrogates. */
export function pythonString(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** A string of Go. JSON's escapes are Go's. */
export function goString(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** wellFormed replaces halves of characters, which those languages' sources cannot hold. */
function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
