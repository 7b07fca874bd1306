// The engine thread's side of its one I/O thread, which is started with the first generator. While
// a generator runs the thread keeps the process alive; idle it does not.

import { Worker } from 'node:worker_threads'
import { SluiceError } from '@sluice/core/internal'
import { codeOf } from '../files/file-errors.ts'
import { threadModule } from '../threads/node-worker.ts'
import { errorFromOffload, type OffloadReply, type ToOffload } from './offload-messages.ts'

export class NodeOffload {
  #thread: OffloadThread | undefined

  /**
   * Results in order; while the caller works on one, the next is produced. Buffers that a typed
   * array covers wholly are moved, so the generator must not touch them after it yielded them.
   */
  async *run<Result>(
    moduleUrl: string,
    exportName: string,
    argument: unknown,
  ): AsyncGenerator<Result, void, undefined> {
    if (this.#thread === undefined || this.#thread.dead) this.#thread = new OffloadThread()
    const thread = this.#thread
    const session = thread.open(moduleUrl, exportName, argument)
    let finished = false
    try {
      for (;;) {
        const reply = await thread.take(session)
        if (reply.type !== 'value') {
          finished = true
          if (reply.type === 'error') throw errorFromOffload(reply.error)
          return
        }
        thread.say({ type: 'next', session })
        yield reply.value as Result
      }
    } finally {
      thread.close(session, finished)
    }
  }
}

interface Waiting {
  resolve(reply: OffloadReply): void
  reject(error: Error): void
}

interface OpenSession {
  /** At most one: the result produced ahead. */
  readonly replies: OffloadReply[]
  waiting: Waiting | undefined
}

class OffloadThread {
  readonly #worker = new Worker(threadModule('./offload-entry', import.meta.url), {
    name: 'sluice-io',
  })
  readonly #sessions = new Map<number, OpenSession>()
  #lastSession = 0
  #death: Error | undefined

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (reply: OffloadReply) => this.#receive(reply))
    this.#worker.on('error', (error) => this.#died(error))
    this.#worker.on('exit', () => this.#died(undefined))
  }

  get dead(): boolean {
    return this.#death !== undefined
  }

  open(moduleUrl: string, exportName: string, argument: unknown): number {
    const session = ++this.#lastSession
    this.say({ type: 'open', session, moduleUrl, exportName, argument })
    this.#sessions.set(session, { replies: [], waiting: undefined })
    if (this.#sessions.size === 1) this.#worker.ref()
    return session
  }

  say(message: ToOffload): void {
    this.#worker.postMessage(message)
  }

  async take(id: number): Promise<OffloadReply> {
    const session = this.#sessions.get(id)
    const ready = session?.replies.shift()
    if (ready !== undefined) return ready
    if (this.#death !== undefined) throw this.#death
    return await new Promise((resolve, reject) => {
      if (session !== undefined) session.waiting = { resolve, reject }
    })
  }

  close(id: number, finished: boolean): void {
    this.#sessions.delete(id)
    if (this.dead) return
    if (!finished) this.say({ type: 'end', session: id })
    if (this.#sessions.size === 0) this.#worker.unref()
  }

  #receive(reply: OffloadReply): void {
    const session = this.#sessions.get(reply.session)
    if (session === undefined) return
    const waiting = session.waiting
    session.waiting = undefined
    if (waiting === undefined) session.replies.push(reply)
    else waiting.resolve(reply)
  }

  #died(cause: unknown): void {
    if (this.#death !== undefined) return
    const outOfMemory = codeOf(cause) === 'ERR_WORKER_OUT_OF_MEMORY'
    const reason = cause instanceof Error ? `: ${cause.message}` : '.'
    this.#death = new SluiceError(
      outOfMemory ? 'WORKER_OUT_OF_MEMORY' : 'WORKER_DIED',
      `The I/O thread of a worker ended while it was needed${reason}`,
      cause === undefined ? {} : { cause },
    )
    for (const session of this.#sessions.values()) session.waiting?.reject(this.#death)
  }
}
