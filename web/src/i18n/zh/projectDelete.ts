import type { Part } from "../catalogue";
import type { projectDelete as en } from "../en/projectDelete";

export const projectDelete: Part<typeof en> = {
  "title": "删除项目",
  "ask": "删除 {project}…",
  "text.events": "从删除的那一刻起，{n} 个事件（{bytes}）谁也找不到；随后文件会被重写，不再包含它们。",
  "text.keys": "它的 {n} 个有效密钥立即失效：仍用它发送的内容会被拒绝并告知，携带它的页面和服务器所记录的内容会丢失。",
  "text.rest": "它保存的视图、分享链接、来源、限制和成员关系也一并删除。此操作无法撤销；恢复更早的备份时，该项目的事件也会被去除。是谁删除的会留在审计记录中。",
  "confirm": "输入 {project} 以确认",
  "keep": "保留",
  "sure": "永久删除",
  "name": "名称",
  "name.save": "重命名",
  "name.saved": "已重命名。",
};
