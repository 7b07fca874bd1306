// What travels through a channel, in order: batches of records and the signs between them.

import type { Batch } from './batch.ts'

export const FRAME_DATA = 0
export const FRAME_WATERMARK = 1
export const FRAME_BARRIER = 2
export const FRAME_IDLE = 3
export const FRAME_ACTIVE = 4
export const FRAME_END = 5

/**
 * `idle`: do not wait for this channel's watermark; a watermark or `active` ends it, records do not
 * (a source without event time is idle for ever). `end`: no record follows, barriers still do.
 */
export type Frame =
  | { readonly kind: typeof FRAME_DATA; readonly batch: Batch }
  | { readonly kind: typeof FRAME_WATERMARK; readonly watermark: number }
  | { readonly kind: typeof FRAME_BARRIER; readonly checkpoint: number }
  | { readonly kind: typeof FRAME_IDLE | typeof FRAME_ACTIVE | typeof FRAME_END }

/** The receiving end of a channel. The batch of a frame is valid until the next `poll`. */
export interface Receiver {
  poll(): Frame | undefined
}

/**
 * The sending end. `send` always takes the frame; what does not fit waits in the sender's overflow,
 * and the task takes no input until `flush` returns true again.
 */
export interface Sender {
  send(frame: Frame): void
  /** True when nothing is left in the overflow. */
  flush(): boolean
  /** Size of the last batch; about that where objects are handed over as they are. */
  readonly lastBatchBytes: number
  /** True: a batch may be reused as soon as `send` returns. */
  readonly copies: boolean
}
