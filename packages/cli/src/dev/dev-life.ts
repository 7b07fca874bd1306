// The life of `sluice dev` as a transition table. At most one process runs the job; while it
// does, one more may load the next version of the code.
//
//   preparing ──► running ──► reloading ──► replacing ──► running
//     ▲   │          │         │  ▲  │          ▲
//     │   ▼          ▼         │  │  └► asking ─┘    from everywhere: stopping ──► ended
//     └─ waiting ◄───┴─────────┘  └───────┘

import { assert } from '@sluice/core/internal'

export const devTransitions = {
  /** The code is being loaded; nothing runs. */
  preparing: ['preparing', 'running', 'asking', 'waiting', 'stopping', 'ended'],
  running: ['reloading', 'replacing', 'waiting', 'asking', 'stopping', 'ended'],
  /** The job runs on while the new code is loaded. */
  reloading: ['reloading', 'running', 'replacing', 'asking', 'preparing', 'stopping', 'ended'],
  /** The new code does not fit the state; a person decides. The old one may run on meanwhile. */
  asking: [
    'asking',
    'running',
    'replacing',
    'reloading',
    'preparing',
    'waiting',
    'stopping',
    'ended',
  ],
  /** The old run takes its last checkpoint; the new code is loaded and waits. */
  replacing: ['running', 'reloading', 'preparing', 'waiting', 'stopping', 'ended'],
  /** Nothing runs until a file changes or a key is pressed. */
  waiting: ['preparing', 'stopping', 'ended'],
  stopping: ['ended'],
  ended: [],
} as const satisfies Record<string, readonly string[]>

export type DevState = keyof typeof devTransitions

/** Holds the state; refuses what the table does not allow. */
export class DevLife {
  #state: DevState = 'preparing'
  readonly #entered: (state: DevState) => void

  constructor(entered: (state: DevState) => void) {
    this.#entered = entered
  }

  get state(): DevState {
    return this.#state
  }

  enter(next: DevState): void {
    const allowed: readonly DevState[] = devTransitions[this.#state]
    assert(allowed.includes(next), `sluice dev goes from ${this.#state} to ${next}`)
    this.#state = next
    this.#entered(next)
  }
}
