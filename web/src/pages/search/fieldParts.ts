// What is known of fields beside their first values: one file, loaded when any of it is wanted.
export { Completion } from "./Completion";
export { ExplainPanel } from "./ExplainPanel";
export { FieldFinder } from "./FieldFinder";
export { FieldStats } from "./FieldStats";
export { MoreValues } from "./MoreValues";
export { NumberFacet } from "./NumberFacet";
