import type { Part } from "../catalogue";
import type { search as en } from "../en/search";

export const search: Part<typeof en> = {};
