import type { LogEvent } from "../api/types";

/**
 * The text that an event was parsed from. JSON.parse rounds large numbers, so
 * whatever shows an event whole goes back to its text.
 */
const texts = new WeakMap<LogEvent, string>();

export function parseEvent(text: string): LogEvent {
  const event = JSON.parse(text) as LogEvent;
  texts.set(event, text);
  return event;
}

export function sourceOf(event: LogEvent): string {
  return texts.get(event) ?? JSON.stringify(event);
}
