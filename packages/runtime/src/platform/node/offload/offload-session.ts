// One generator that an I/O thread runs for its engine thread: imported, started, stepped one
// result at a time, ended. Steps run one after the other, however the requests come.

import { SluiceError } from '@sluice/core/internal'

/** One step of a session's generator. */
export type OffloadStep =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'done' }

interface Steps {
  next(): unknown
  return?(): unknown
}

export class OffloadSession {
  readonly #steps: Promise<Steps>
  #last: Promise<unknown>

  constructor(moduleUrl: string, exportName: string, argument: unknown) {
    this.#steps = startGenerator(moduleUrl, exportName, argument)
    // The first step reports a failure to start.
    this.#last = this.#steps.catch(() => undefined)
  }

  next(): Promise<OffloadStep> {
    const step = this.#last.then(async (): Promise<OffloadStep> => {
      const result = (await (await this.#steps).next()) as IteratorResult<unknown>
      return result.done === true ? { type: 'done' } : { type: 'value', value: result.value }
    })
    this.#last = step.catch(() => undefined)
    return step
  }

  /** Runs the generator's `finally` blocks, after the step in progress. */
  async end(): Promise<void> {
    await this.#last
    const started = await this.#steps.catch(() => undefined)
    await started?.return?.()
  }
}

async function startGenerator(
  moduleUrl: string,
  exportName: string,
  argument: unknown,
): Promise<Steps> {
  const module = (await import(moduleUrl)) as Readonly<Record<string, unknown>>
  const generator = module[exportName]
  if (typeof generator !== 'function') {
    throw new SluiceError('INVARIANT_BROKEN', `${moduleUrl} exports no function ${exportName}.`)
  }
  const iterable: unknown = generator(argument)
  if (!isIterable(iterable)) {
    throw new SluiceError('INVARIANT_BROKEN', `${exportName} of ${moduleUrl} is not a generator.`)
  }
  if (Symbol.asyncIterator in iterable) return iterable[Symbol.asyncIterator]()
  return iterable[Symbol.iterator]()
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

/**
 * The buffers of a result that can be moved instead of copied: those that one typed array covers
 * wholly, in the result itself or in plain arrays and objects within it.
 */
export function movableBuffers(result: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 4) return
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteLength } = value
      if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffers.add(buffer)
      return
    }
    // An array of records is copied as it is: looking through it would cost more than it saves.
    if (Array.isArray(value) && typeof value[0] === 'object' && value.length <= 1024) {
      for (const element of value) look(element, depth + 1)
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
      for (const element of Object.values(value)) look(element, depth + 1)
    }
  }
  look(result, 0)
  return [...buffers]
}
