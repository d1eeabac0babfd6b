/** The printed result. */
export const print = {
  title: "Search result",
  query: "Query",
  time: "Time",
  project: "Project",
  allEvents: "all events",
  first: { one: "The first {shown} of {n} event that were loaded; {total} match.", other: "The first {shown} of {n} events that were loaded; {total} match." },
  all: { one: "{shown} event.", other: "{shown} events." },
  loaded: "The {shown} events that were loaded; {total} match.",
} as const;
