import type { Part } from "../catalogue";
import type { account as en } from "../en/account";

export const account: Part<typeof en> = {
  "login.title": "登录",
  "login.heading": "登录 {host}",
  "login.yours": "这是您自己的服务器，数据不会去往别处。",
  "login.account": "账号",
  "login.password": "密码",
  "login.go": "登录",
  "login.opensNext": "登录后打开您要访问的页面",
  "login.nextOther": "目标页面",
  "login.mismatch": "账号与密码不匹配。",
  "login.mismatch.left": "账号或密码不正确。再试 {n} 次后须等待一分钟。",
  "login.offline": "服务器没有应答。您输入的内容已保留，请稍后重试。",
  "login.paused": "尝试次数过多，{n} 秒后可再次尝试。",
  "login.pauseOver": "现在可以重试了。",
  "password.show": "显示密码",
  "password.hide": "隐藏密码",
  "password.caps": "大写锁定已开启。",
  "steps.done": "（已完成）",
};
