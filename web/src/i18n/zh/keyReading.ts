import type { Part } from "../catalogue";
import type { keyReading as en } from "../en/keyReading";

export const keyReading: Part<typeof en> = {
  title: "读取",
  now: "本分钟内存储工作时间剩余 {left} 秒（共 {seconds} 秒）；正在回答 {running} 个查询（最多 {most} 个）。",
  rowsNow: "本分钟内还可以扫描 {left} 行（共 {rows} 行）。",
  ever: "服务器启动以来共 {spent} 秒、{rows} 行；已拒绝 {n} 个查询。",
  seconds: "每分钟的存储工作秒数",
  rows: "每分钟扫描的行数",
  most: "同时进行的查询数",
  own: "0 表示使用服务器的限制。",
  save: "保存读取限制",
  saved: "已保存。",
};
