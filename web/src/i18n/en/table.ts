/** The columns of the search page's table. */
export const table = {
  "table.ago": "ago",
  "table.gap": "since the one before",
  "table.moved": "{field} is column {n} of {total} now",
  "table.column": "Column {field}. Arrow keys move it, Delete drops it.",
  "table.width": "Width of {field}",
  "table.view": "Columns, times and zone",
} as const;
