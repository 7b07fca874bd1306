// Segments that a sink's writer keeps with the next checkpoint. Their names carry a number above
// that of the last checkpoint the writer prepared for, and not above that of the next: no entry up
// to the last one can name them, so collection leaves them alone until an entry has come that
// could.

import type { StagedSegment } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import { ContentChecksum } from '../state/segment/content-checksum.ts'
import type { SegmentNaming, SegmentWriter } from '../state/state-backend.ts'

export interface StagingOptions {
  readonly sink: string
  readonly subtask: number
  /** Undefined for a job without checkpoints. */
  readonly segments: SegmentWriter | undefined
  readonly naming: (checkpoint: number) => SegmentNaming
}

export class Staging {
  readonly #options: StagingOptions
  #naming: SegmentNaming

  constructor(options: StagingOptions) {
    this.#options = options
    this.#naming = options.naming(1)
  }

  async stage(chunks: Iterable<Uint8Array>): Promise<StagedSegment> {
    const { sink, subtask, segments } = this.#options
    if (segments === undefined) throw withoutCheckpoints(sink)
    const name = this.#naming.next(sink, subtask)
    const checksum = new ContentChecksum()
    let sizeBytes = 0
    const counted = function* (): Generator<Uint8Array> {
      for (const chunk of chunks) {
        checksum.update(chunk)
        sizeBytes += chunk.length
        yield chunk
      }
    }
    await segments.write(name, counted())
    return { name, sizeBytes, checksum: checksum.hex() }
  }

  /** The writer has prepared for this checkpoint: what follows belongs to a later one. */
  prepared(checkpoint: number): void {
    this.#naming = this.#options.naming(checkpoint + 1)
  }
}

function withoutCheckpoints(sink: string): SluiceError {
  return new SluiceError(
    'SETTING_INVALID',
    `Sink '${sink}' keeps records with a checkpoint, and this job takes none.`,
    { where: { sink }, hint: 'Switch checkpoints on: `checkpoint: { every: "10s" }`.' },
  )
}
