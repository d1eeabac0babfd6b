/** What is wrong with a project's name; it becomes part of file and index names. */
export type NameFault = "empty" | "long" | "signs" | "start";

/** checkProjectName applies the server's rule: 1 to 63 of a-z, 0-9 and "-", not beginning with "-". */
export function checkProjectName(name: string): NameFault | undefined {
  if (name === "") return "empty";
  if (name.startsWith("-")) return "start";
  if (!/^[a-z0-9-]+$/.test(name)) return "signs";
  return name.length > 63 ? "long" : undefined;
}

/** tidyProjectName turns what people type into what is allowed, as far as that loses nothing. */
export function tidyProjectName(typed: string): string {
  return typed.toLowerCase().replaceAll(/[\s_.]+/g, "-");
}
