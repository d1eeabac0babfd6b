/** How a field is compared: as a whole, by tokens, as a time, a number, a severity, a list of keywords, or as data. */
export type FieldType = 'keyword' | 'text' | 'time' | 'number' | 'level' | 'list' | 'data'

const names: Readonly<Record<FieldType, string>> = {
  keyword: 'id project app env release host kind account staff callId number session device user form category page stream ' +
    'traceId spanId childOf service event function httpPath invoker source browser os deviceType invokerIp errorCode product subsys module',
  text: 'msg raw words label ua errorMsg',
  time: 'time clientTime received startTime',
  number: 'seq timeCost',
  level: 'level',
  list: 'flags filePath collectionName',
  data: 'data',
}

/** Other spellings, as the server knows them. */
const spellings =
  'traceId logid logId log_id trace_id traceid traceID trace.id,spanId span_id spanid spanID span.id,' +
  'childOf child_of childof parentId parent_id parentSpanId parent_span_id,filePath file_path filepath,collectionName collection_name,' +
  'httpPath http_path httppath,invokerIp ip invoker_ip clientIp client_ip,startTime start_time,timeCost time_cost timecost cost,' +
  'errorCode error_code errcode retErrno retErrorNo errno,errorMsg error_msg errorMessage errmsg errMsg errDetail,' +
  'callId call_id callid callID,msg message @message,time @timestamp timestamp ts,level severity lvl log.level,clientTime client_time,' +
  'ua user_agent userAgent,deviceType device_type,host hostname,env environment,id _id,number outboundNumber,account mainAccount,' +
  'staff staffAccount,user userId user_id,session sessionId session_id,device deviceId device_id'

/** A resolved name: a field of the event, or a key in its data. */
export interface Field {
  /** As it was typed. */
  readonly name: string
  /** The event's own name of it; undefined for a key in data. */
  readonly column?: string
  readonly type?: FieldType
  /** The key in data. */
  readonly path: string
}

let types: Map<string, FieldType> | undefined
let aliases: Map<string, string> | undefined

const build = (): void => {
  types = new Map(Object.entries(names).flatMap(([type, all]) => all.split(' ').map((name): [string, FieldType] => [name, type as FieldType])))
  aliases = new Map(spellings.split(',').flatMap((line) => {
    const [column = '', ...others] = line.split(' ')
    return others.map((other): [string, string] => [other, column])
  }))
}

/** What a name means: a field, another spelling of one, or a key in data; `data.x` is always the key x. */
export const resolve = (name: string): Field => {
  if (!types) build()
  const column = types?.has(name) ? name : aliases?.get(name)
  if (column) return { name, column, type: types?.get(column), path: '' }
  return { name, path: name.startsWith('data.') && name.length > 5 ? name.slice(5) : name }
}

/** For tests: every spelling and its field. */
export const knownAliases = (): ReadonlyMap<string, string> => {
  if (!types) build()
  return aliases as ReadonlyMap<string, string>
}

export const bareText = ['msg', 'errorMsg', 'label', 'raw', 'words']
export const bareKeyword = ['id', 'traceId', 'spanId', 'childOf', 'session', 'stream', 'callId', 'account', 'staff', 'number', 'device', 'user']
