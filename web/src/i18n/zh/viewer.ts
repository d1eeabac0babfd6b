import type { Part } from "../catalogue";
import type { viewer as en } from "../en/viewer";

export const viewer: Part<typeof en> = {
  title: "日志查看器",
  noToken: "需要完整链接，包括 # 之后的内容。请向给您链接的人索取。",
  failed: "无法加载查看器：{reason}",
};
