import { search } from "./search";
import { shell } from "./shell";
import { time } from "./time";

/** Everything that the pages say, in English: the catalogue that the others are typed by. */
export const messages = { ...shell, ...search, ...time } as const;
