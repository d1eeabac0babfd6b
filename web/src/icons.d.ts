// Icons are imported one by one from their files: the package's root module
// has 5,000 of them, and its types do not cover the files.
declare module "@tabler/icons-react/dist/esm/icons/*.mjs" {
  import type { Icon } from "@tabler/icons-react";
  const icon: Icon;
  export default icon;
}
declare module "@tabler/icons-react/dist/esm/defaultAttributes.mjs" {
  const attributes: Readonly<Record<"outline" | "filled", Record<string, string | number>>>;
  export default attributes;
}
