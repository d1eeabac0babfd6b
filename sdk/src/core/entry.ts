import type { Form, LogEvent } from './event'
import { eventLine } from './line'
import type { Stream } from './stream'

/** What a line has beside its message, its data and its fields, in characters. */
const FRAME = 90

/**
 * An event whose line is written when it is first read. Everything in it is fixed:
 * the message is a string, the data and the fields are JSON already.
 */
export class Entry implements LogEvent {
  readonly size: number
  private text: string | undefined

  constructor(
    readonly stream: Stream,
    readonly seq: number,
    readonly time: number,
    readonly severity: number,
    readonly form: Form,
    readonly urgent: boolean,
    private readonly labelJSON: string,
    private readonly fields: string,
    private readonly msg: string,
    private readonly data: string | undefined,
  ) {
    this.size = FRAME + fields.length + msg.length + (data === undefined ? 0 : data.length)
  }

  get line(): string {
    return (this.text ??= eventLine(this.seq, this.time, this.severity, this.labelJSON, this.form, this.fields, this.msg, this.data))
  }
}
