/**
 * Splits a stream of bytes into lines. Whole lines are handed over as soon as
 * they are there, many at a time; a last line without its end comes last.
 * Blank lines are skipped. Cancelling the iteration cancels the stream.
 */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string[], void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }));
      const parts = text.split("\n");
      rest = done ? "" : (parts.pop() ?? "");
      const whole = parts.filter((line) => line.trim() !== "");
      if (whole.length > 0) yield whole;
      if (done) {
        finished = true;
        return;
      }
    }
  } finally {
    if (!finished) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
