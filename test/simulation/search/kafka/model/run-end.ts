// A run that is over keeps nothing but that.

import { ENDED, RUN_FIELDS, STAGE } from './kafka-fields.ts'

export function endRun(state: Uint8Array, run: number): void {
  state.fill(0, run, run + RUN_FIELDS)
  state[run + STAGE] = ENDED
}
