// An answer in lines: signs of life while the work goes on, its progress, and at last what came of
// it. Whoever asked may go away; the work goes on without them.

import { SluiceError } from '@sluice/core/internal'
import type { SavepointProgress } from '../checkpoint/savepoint/savepoint-writer.ts'
import type { Platform } from '../platform/platform.ts'
import { aliveEveryMs, type ControlLine, type ControlResult } from './control-protocol.ts'

/** Answers with the lines of one piece of work, which begins at once. */
export class LineAnswer {
  readonly response: Response
  /** Resolves when the last line was handed over, or nobody wants it any more. */
  readonly ended: Promise<void>
  readonly #controller = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
  readonly #platform: Platform
  #open = true

  constructor(
    platform: Platform,
    work: (progress: (progress: SavepointProgress) => void) => Promise<ControlResult>,
  ) {
    this.#platform = platform
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => this.#controller.resolve(controller),
      cancel: () => {
        this.#open = false
      },
    })
    this.response = new Response(stream, {
      headers: { 'content-type': 'application/x-ndjson', connection: 'close' },
    })
    this.ended = this.#answer(work)
  }

  async #answer(
    work: (progress: (progress: SavepointProgress) => void) => Promise<ControlResult>,
  ): Promise<void> {
    const controller = await this.#controller.promise
    const say = (line: ControlLine): void => {
      if (this.#open) controller.enqueue(new TextEncoder().encode(`${JSON.stringify(line)}\n`))
    }
    const stopSigns = this.#signsOfLife(() => say({ event: 'alive' }))
    try {
      const result = await work((progress) => say({ event: 'progress', ...progress }))
      say({ event: 'done', result })
    } catch (thrown) {
      const error = SluiceError.from(thrown, 'INVARIANT_BROKEN', 'The request failed')
      say({ event: 'failed', error: error.toWire() })
    } finally {
      stopSigns()
      if (this.#open) controller.close()
      this.#open = false
    }
  }

  #signsOfLife(sign: () => void): () => void {
    let cancel: () => void
    const next = (): void => {
      cancel = this.#platform.timers.after(aliveEveryMs, () => {
        sign()
        next()
      })
    }
    next()
    return () => cancel()
  }
}
