import { lazy } from "react";

/** What is said of a sequence's answer: loaded when a sequence was asked for. */
export const SequenceNote = lazy(async () => ({ default: (await import("./SequenceNote")).SequenceNote }));
