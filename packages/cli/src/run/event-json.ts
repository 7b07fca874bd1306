// The events of a run as JSON, one object a line.

import { type JsonView, jsonText } from '../errors/json-text.ts'

/** One line: `{"event":"running","time":"…",…}`. */
export function eventJson(
  event: string,
  detail: Readonly<Record<string, unknown>>,
  timeMs: number,
  view: JsonView,
): string {
  return jsonText({ event, time: new Date(timeMs).toISOString(), ...detail }, view)
}
