import { account } from "./account";
import { addData } from "./addData";
import { search } from "./search";
import { settings } from "./settings";
import { setup } from "./setup";
import { shell } from "./shell";
import { table } from "./table";
import { time } from "./time";

/** Everything that the pages say, in English: the catalogue that the others are typed by. */
export const messages = { ...shell, ...search, ...table, ...time, ...account, ...setup, ...addData, ...settings } as const;
