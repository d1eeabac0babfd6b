/** One message of an event stream. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

/**
 * Reads text/event-stream as the HTML standard says: LF, CR and CRLF end
 * lines, several data lines are joined by LF, a message without data is
 * dropped, lines that begin with a colon are comments.
 */
export class EventStreamParser {
  #rest = "";
  #type = "";
  #data: string[] = [];
  #id = "";
  #first = true;

  /** Takes the next piece of text and gives the messages that it completed. */
  push(text: string): ServerEvent[] {
    const out: ServerEvent[] = [];
    this.#rest += text;
    if (this.#first && this.#rest !== "") {
      this.#first = false;
      if (this.#rest.startsWith("\uFEFF")) this.#rest = this.#rest.slice(1);
    }
    for (;;) {
      const end = this.#rest.search(/\r\n|\n|\r/);
      if (end < 0) break;
      // A CR at the very end may be half of a CRLF: wait for what follows.
      if (this.#rest[end] === "\r" && end === this.#rest.length - 1) break;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(this.#rest.startsWith("\r\n", end) ? end + 2 : end + 1);
      this.#line(line, out);
    }
    return out;
  }

  #line(line: string, out: ServerEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) out.push({ type: this.#type || "message", data: this.#data.join("\n"), id: this.#id });
      this.#type = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
