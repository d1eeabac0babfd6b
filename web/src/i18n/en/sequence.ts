export const sequence = {
  undecided: { one: "{n} first event is not decided yet: what is sought may still come.", other: "{n} first events are not decided yet: what is sought may still come." },
  until: "Steps that ended by {time} are decided.",
  noLive: "A sequence looks back: it has no live view. Run it again to see more.",
} as const;
