import type { en } from './texts'

export const zh: typeof en = {
  title: '本页日志', remote: '服务器上的日志', close: '关闭', right: '停靠在右侧', resize: '日志高度',
  query: '筛选，如 level>=warn 或 callId:c-17', of: '{0} / {1}', events: '{0} 条', allForms: '全部形式', anyCategory: '全部类别', forms: '形式', categories: '类别', time: '时间',
  anyTime: '全部时间', minutes: '最近 {0} 分钟', here: '本设备', server: '服务器', 
  stored: '已存储', waiting: '等待中', local: '仅在本设备', uploading: '已存储 {0}，等待 {1}', noUpload: '未上传', trouble: '上传异常',
  share: '分享码', makeCode: '生成分享码', sharing: '正在上传…', shareSaid: '把它读给协助您的人：搜索 share:{0} 即可在服务器上打开 {1} 条日志。', shareFailed: '日志无法上传：{0}',
  noReport: '本页日志未上传，因此没有分享码。请保存为文件。', copy: '复制', copied: '已复制', save: '保存为文件', upload: '上传', mode: '模式', dropped: '未发送', error: '最近错误', stream: '流',
  log: '日志', filters: '筛选', empty: '还没有日志。', none: '{0} 条日志都不符合筛选条件。', older: '{0} 条更早的日志未显示。', rows: '行', open: '展开', toQuery: '查询',
  list: '日志列表', more: '+ {0} 行来自其他文件', token: '读取令牌（vt_…）', expired: '链接已过期，请重新索取。', revoked: '链接已被收回，请重新索取。', unknown: '链接无效：从未在此生成，或早已失效。', unreachable: '无法连接服务器：{0}', until: '有效至 {0}',
}
