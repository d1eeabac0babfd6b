import type { Part } from "../catalogue";
import type { live as en } from "../en/live";

export const live: Part<typeof en> = {
  label: "实时列表",
  pause: "暂停",
  goOn: "继续",
  follow: "跟随",
  followTitle: "列表在顶部时，新事件从顶部进入",
  mark: "要标记的词",
  markHint: "标记词语",
  paused: "已暂停，{n} 条等待中。",
  reading: "您正在查看下方，{n} 条等待中。",
  room: "最多保留 {n} 条等待，超出的只计数。",
  gapList: "实时连接在 {from} 至 {to} 之间中断，其间的事件已在列表中。",
  gapReading: "实时连接在 {from} 至 {to} 之间中断，正在补读其间的事件。",
  gapRead: "实时连接在 {from} 至 {to} 之间中断，其间的 {n} 条事件正与其他事件一起等待。",
  gapPart: "实时连接在 {from} 至 {to} 之间中断，只读到其中最新的 {n} 条，其余可以搜索到。",
  gapFailed: "实时连接在 {from} 至 {to} 之间中断，其间的事件未能读取，可以搜索到。",
  gapBefore: "此列表从 {from} 开始，更早到达的不在其中。",
};
