import type { Context, Fields, Form } from './event'
import { levelName } from './level'
import { quote } from './snapshot'

/** Characters of one value of the context; these are ids and names. */
export const VALUE = 512

const contextNames: readonly (keyof Context)[] = [
  'account', 'staff', 'callId', 'number', 'session', 'user', 'device', 'env', 'release', 'host', 'ua',
]

const fieldNames: readonly (keyof Fields)[] = [
  ...contextNames, 'category', 'page', 'traceId', 'spanId', 'childOf', 'service', 'event', 'function',
  'httpPath', 'invoker', 'source', 'timeCost', 'errorCode', 'errorMsg',
]

const present = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/** A named field's value as JSON; lists and objects are not among them. */
const valueOf = (name: string, value: unknown): string =>
  name === 'timeCost' && typeof value === 'number' && Number.isFinite(value)
    ? String(value)
    : quote(String(value), name === 'errorMsg' ? undefined : VALUE)

/** Named fields as JSON members, each with a comma before it. Names that are no fields are not written. */
export const fieldsJSON = (fields: Fields): string => {
  let json = ''
  for (const name of fieldNames) {
    const value = fields[name]
    if (present(value)) json += `,"${name}":${valueOf(name, value)}`
  }
  return json
}

/** Writes the change into the context, values as text. */
export const setContext = (context: Context, change: Context): void => {
  for (const name of contextNames) {
    if (!(name in change)) continue
    const value = change[name]
    if (present(value)) context[name] = String(value)
    else delete context[name]
  }
}

/** The event as the wire has it: names of the server's field table, the time as epoch ms; fields as fieldsJSON gives them. */
export const eventLine = (
  seq: number, time: number, severity: number, labelJSON: string, form: Form, fields: string, msg: string, data: string | undefined,
): string =>
  `{"seq":${seq},"time":${time},"level":"${levelName(severity)}","label":${labelJSON},"form":"${form}"` +
  `${fields}${msg && `,"msg":${quote(msg)}`}${data === undefined ? '' : `,"data":${data}`}}`
