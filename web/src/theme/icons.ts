import attributes from "@tabler/icons-react/dist/esm/defaultAttributes.mjs";

// An icon says nothing to those who hear the page: what it stands for is said
// beside it, or is the name of its button. Without this each is read out as an
// image that has no name.
attributes.outline["aria-hidden"] = "true";
attributes.filled["aria-hidden"] = "true";
