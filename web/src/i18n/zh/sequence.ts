import type { Part } from "../catalogue";
import type { sequence as english } from "../en/sequence";

export const sequence: Part<typeof english> = {
  undecided: "有 {n} 个首事件尚未判定：要找的事件可能还会到来。",
  until: "在 {time} 之前结束的步骤已经判定。",
  noLive: "序列查询是回看：没有实时视图。再次运行即可看到更多。",
};
