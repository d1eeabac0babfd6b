import type { Part } from "../catalogue";
import type { print as en } from "../en/print";

export const print: Part<typeof en> = {
  title: "搜索结果",
  query: "查询",
  time: "时间",
  project: "项目",
  allEvents: "全部事件",
  first: "已加载 {n} 条中的前 {shown} 条，共匹配 {total} 条。",
  all: "共 {shown} 条。",
  loaded: "已加载的 {shown} 条，共匹配 {total} 条。",
};
