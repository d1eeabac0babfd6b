import type { Messages } from "../catalogue";
import { search } from "./search";
import { shell } from "./shell";
import { time } from "./time";

export const messages: Messages = { ...shell, ...search, ...time };
