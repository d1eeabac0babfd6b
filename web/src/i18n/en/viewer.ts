/** What the page of a viewer link says around the viewer. */
export const viewer = {
  title: "Log viewer",
  noToken: "This page needs the whole link, with what stands behind the #. Ask whoever gave it to you.",
  failed: "The viewer could not be loaded: {reason}",
} as const;
