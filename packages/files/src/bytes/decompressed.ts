// Compressed files as their content, chunk by chunk, with bounded memory. Decompression is Node's;
// it runs beside the event loop. A file that breaks off is an error, never a shorter file.

import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ZstdFrames } from './zstd-frames.ts'

/** How a file is compressed. */
export type FileCompression = 'none' | 'gzip' | 'zstd'

/** By the end of the name, as every tool does. */
export function compressionOf(path: string): FileCompression {
  if (/\.(gz|gzip)$/i.test(path)) return 'gzip'
  return /\.(zst|zstd)$/i.test(path) ? 'zstd' : 'none'
}

/** The content of compressed chunks. Ending the iteration early ends the input's too. */
export async function* decompressed(
  chunks: AsyncIterable<Uint8Array>,
  compression: 'gzip' | 'zstd',
): AsyncGenerator<Uint8Array> {
  if (compression === 'gzip') {
    const stream = new DecompressionPump(createGunzip())
    try {
      let any = false
      for await (const chunk of chunks) {
        any = true
        yield* await stream.push(chunk)
      }
      if (any) yield* await stream.end()
    } finally {
      stream.close()
    }
    return
  }
  yield* zstdContent(chunks)
}

async function* zstdContent(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames()
  let stream: DecompressionPump | undefined
  try {
    for await (const chunk of chunks) {
      for (const piece of frames.cut(chunk)) {
        if (piece.kind === 'skippable') continue
        stream ??= new DecompressionPump(createZstdDecompress())
        yield* await stream.push(piece.bytes)
        if (!piece.endsFrame) continue
        yield* await stream.end()
        stream.close()
        stream = undefined
      }
    }
    if (!frames.complete) throw new Error('the last zstd frame is not complete')
  } finally {
    stream?.close()
  }
}

/** A stream of Node as a function from input to the output that it causes. */
class DecompressionPump {
  readonly #stream: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>
  #output: Uint8Array[] = []
  #failure: Error | undefined
  #failed: ((error: Error) => void) | undefined

  constructor(stream: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>) {
    this.#stream = stream
    stream.on('data', (chunk: Uint8Array) => void this.#output.push(chunk))
    stream.on('error', (error: Error) => {
      this.#failure = error
      this.#failed?.(error)
    })
  }

  async push(chunk: Uint8Array): Promise<readonly Uint8Array[]> {
    await this.#settled((done) => this.#stream.write(chunk, () => done()))
    return this.#take()
  }

  async end(): Promise<readonly Uint8Array[]> {
    await this.#settled((done) => {
      this.#stream.once('end', done)
      this.#stream.end()
    })
    return this.#take()
  }

  close(): void {
    this.#stream.destroy()
  }

  async #settled(begin: (done: () => void) => void): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    await new Promise<void>((resolve, reject) => {
      this.#failed = reject
      begin(resolve)
    })
    this.#failed = undefined
    if (this.#failure !== undefined) throw this.#failure
  }

  #take(): readonly Uint8Array[] {
    const output = this.#output
    this.#output = []
    return output
  }
}
