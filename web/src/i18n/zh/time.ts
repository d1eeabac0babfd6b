import type { Part } from "../catalogue";
import type { time as en } from "../en/time";

export const time: Part<typeof en> = {};
