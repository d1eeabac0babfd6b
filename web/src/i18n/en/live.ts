/** What the live list says of itself. */
export const live = {
  label: "Live list",
  pause: "Pause",
  goOn: "Go on",
  follow: "Follow",
  followTitle: "New events come in at the top while the list is there",
  mark: "Words to mark",
  markHint: "Mark words",
  paused: { one: "Paused. {n} event waits.", other: "Paused. {n} events wait." },
  reading: { one: "You read further down. {n} event waits.", other: "You read further down. {n} events wait." },
  room: "Up to {n} wait; what comes beyond that is counted.",
  gapList: "The live line broke from {from} to {to}. What came in between is in the list.",
  gapReading: "The live line broke from {from} to {to}. What came in between is being read.",
  gapRead: { one: "The live line broke from {from} to {to}. {n} event came in between and waits with the others.", other: "The live line broke from {from} to {to}. {n} events came in between and wait with the others." },
  gapPart: "The live line broke from {from} to {to}. Only the newest {n} events of that time could be read; a search finds the rest.",
  gapFailed: "The live line broke from {from} to {to}. What came in between could not be read; a search finds it.",
  gapBefore: "This list begins at {from}: what came before that is not in it.",
} as const;
