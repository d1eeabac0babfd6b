import type { Part } from "../catalogue";
import type { table as en } from "../en/table";

export const table: Part<typeof en> = {
  "table.ago": "距今",
  "table.gap": "距上一条",
  "table.moved": "{field} 现在是第 {n} 列，共 {total} 列",
  "table.column": "列 {field}。方向键移动，Delete 移除。",
  "table.width": "{field} 的宽度",
  "table.view": "列、时间与时区",
};
