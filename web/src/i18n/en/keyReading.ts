/** What a read key may ask of the store, and how it stands. */
export const keyReading = {
  title: "Reading",
  now: "{left} of {seconds} seconds of the store's work are left in this minute; {running} of {most} questions are being answered.",
  rowsNow: "{left} of {rows} rows that the store may look at are left in this minute.",
  ever: { one: "{spent} s and {rows} rows since the server started; {n} question refused.", other: "{spent} s and {rows} rows since the server started; {n} questions refused." },
  seconds: "Seconds of the store's work a minute",
  rows: "Rows that the store looks at a minute",
  most: "Questions at a time",
  own: "0 is the server's own bound.",
  save: "Save what it may ask",
  saved: "Saved.",
} as const;
