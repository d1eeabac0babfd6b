import type { Messages } from "../catalogue";
import { account } from "./account";
import { addData } from "./addData";
import { search } from "./search";
import { settings } from "./settings";
import { setup } from "./setup";
import { shell } from "./shell";
import { table } from "./table";
import { time } from "./time";

export const messages: Messages = { ...shell, ...search, ...table, ...time, ...account, ...setup, ...addData, ...settings };
