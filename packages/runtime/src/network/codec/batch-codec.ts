// The codec of a channel: batches of records with their timestamps, as bytes and back, exactly. The
// encoder learns the shapes of the records, sends them in front of the first batch that uses them,
// and writes what fits no shape self-describing; so a decoder needs nothing but the batches in
// order. A record with accessors, hidden or symbol keys is refused while shapes are learnt and as
// the first of a batch; behind records of its shape an accessor is read as a value, as the other
// keys are not.

import { SluiceError } from '@sluice/core/internal'
import { ByteReader, damaged } from './byte-reader.ts'
import { ByteWriter, isWide } from './byte-writer.ts'
import { isCodeGenerationAllowed } from './code-generation.ts'
import { assertEncodable } from './encodable.ts'
import { compileRowDecoder, type RowDecoder } from './layout/decoder-source.ts'
import { compileRowEncoder, type RowEncoder } from './layout/encoder-source.ts'
import { interpretRowDecoder, interpretRowEncoder } from './layout/interpreter.ts'
import { type FieldLayout, parseShapes, widestRow } from './layout/layout.ts'
import { inferShape, widenShapes } from './layout/learn.ts'
import { decodeValue, encodeValue, MAX_RECORD_BYTES, recordTooLarge } from './value-codec.ts'

/** Records and their event times, side by side; only the first `length` of each count. */
export interface Batch {
  readonly values: readonly unknown[]
  /** Event time in milliseconds; any double, so that a sentinel can say that there is none. */
  readonly timestamps: Float64Array
  readonly length: number
}

/** How a codec runs its layouts: `auto` interprets until a channel has carried enough records. */
export type CodecExecution = 'auto' | 'generated' | 'interpreted'

const HAS_DEFINITION = 1
const WIDE_TEXT = 2
const UNIFORM_TIMESTAMPS = 4

const SAMPLES = 64
/** Records that a layout carries before it is worth a few hundred microseconds of compilation. */
const RECORDS_BEFORE_COMPILING = 512
const MAX_MISFITS_BEFORE_LEARNING = 1 << 16

/** Generated encoders walk keys with for-in, which also sees what a library adds to all objects. */
function isPrototypeExtended(): boolean {
  for (const _ in Object.prototype) return true
  return false
}

function isGenerated(execution: CodecExecution, records: number): boolean {
  if (execution === 'interpreted' || !isCodeGenerationAllowed()) return false
  return execution === 'generated' || records >= RECORDS_BEFORE_COMPILING
}

/** Encodes the batches of one channel, in order. */
export class BatchEncoder {
  readonly #execution: CodecExecution
  readonly #out = new ByteWriter(64 * 1024)
  readonly #loose = new ByteWriter(256)
  #shapes: readonly FieldLayout[] = []
  #layoutId = 0
  #isSent = false
  #encodeRows: RowEncoder | undefined
  #isCompiled = false
  #records = 0
  #learnings = 0
  #misfits = 0
  #misfitShapes: FieldLayout[] = []

  constructor(execution: CodecExecution = 'auto') {
    this.#execution = execution
  }

  /** The next batch carries the layout again, so that a decoder can begin with it. */
  restart(): void {
    this.#isSent = false
  }

  /**
   * The batch as bytes, valid until the next call.
   *
   * @throws SluiceError RECORD_NOT_ENCODABLE with the path in the record, RECORD_TOO_LARGE above 64
   * MiB. The encoder then stays usable, as if the call had not been made.
   */
  encode(batch: Batch): Uint8Array<ArrayBuffer> {
    try {
      return this.#encode(batch)
    } catch (error) {
      this.#misfits = 0
      this.#misfitShapes = []
      this.restart()
      throw explain(error, batch)
    }
  }

  #encode(batch: Batch): Uint8Array<ArrayBuffer> {
    const { values, length } = batch
    if (length > 0) assertEncodable(values[0])
    if (this.#layoutId === 0 && length > 0) this.#learnFirst(values, length)
    const out = this.#out
    out.reset()
    this.#loose.reset()
    out.u8(this.#isSent ? 0 : HAS_DEFINITION)
    out.varint(this.#layoutId)
    out.varint(length)
    if (!this.#isSent) encodeValue(out, this.#shapes)
    writeTimestamps(out, batch)
    this.#writeRows(values, length)
    out.raw(this.#loose.written())
    if (out.position > MAX_RECORD_BYTES) assertRecordSizes(batch)
    this.#isSent = true
    if (this.#misfits > 0) this.#relearn()
    return out.written()
  }

  #writeRows(values: readonly unknown[], length: number): void {
    const out = this.#out
    out.reserve(8 + length * widestRow(this.#shapes))
    const start = out.position
    out.position = start + 4
    this.#records += length
    const text = this.#rowEncoder()(values, length, out, this.#loose, this.#noteMisfit)
    out.view.setUint32(start, out.position - start - 4, true)
    out.varint(text.length)
    const wide = isWide(text)
    if (wide) out.bytes[0] = (out.bytes[0] as number) | WIDE_TEXT
    out.characters(text, wide)
  }

  #rowEncoder(): RowEncoder {
    const generated = isGenerated(this.#execution, this.#records) && !isPrototypeExtended()
    if (this.#encodeRows === undefined || generated !== this.#isCompiled) {
      this.#isCompiled = generated
      this.#encodeRows = (generated ? compileRowEncoder : interpretRowEncoder)(this.#shapes)
    }
    return this.#encodeRows
  }

  /** Keeps the shape and not the record, which may be large. */
  readonly #noteMisfit = (record: unknown): void => {
    this.#misfits++
    if (this.#misfitShapes.length === SAMPLES) return
    const shape = inferShape(record)
    if (shape !== undefined) this.#misfitShapes.push(shape)
  }

  /** Each further learning needs twice as many misfits, so that endless variety costs little. */
  #relearn(): void {
    if (this.#misfits >= Math.min(2 ** this.#learnings, MAX_MISFITS_BEFORE_LEARNING)) {
      // Where nothing can be added, the places are taken by shapes that may come no more.
      const widened = widenShapes(this.#shapes, this.#misfitShapes)
      this.#learnt(widened ?? widenShapes([], this.#misfitShapes))
      this.#misfits = 0
      this.#misfitShapes = []
    } else if (this.#misfitShapes.length === SAMPLES) this.#misfitShapes = []
  }

  #learnFirst(values: readonly unknown[], length: number): void {
    const shapes: FieldLayout[] = []
    for (let i = 0; i < Math.min(length, SAMPLES); i++) {
      assertEncodable(values[i])
      const shape = inferShape(values[i])
      if (shape !== undefined) shapes.push(shape)
    }
    this.#learnt(widenShapes([], shapes) ?? [])
  }

  #learnt(shapes: readonly FieldLayout[] | undefined): void {
    this.#learnings++
    if (shapes === undefined) return
    this.#shapes = shapes
    this.#layoutId++
    this.#isSent = false
    this.#encodeRows = undefined
  }
}

function explain(error: unknown, batch: Batch): unknown {
  if (error instanceof RangeError && error.message === 'Invalid string length') {
    return new SluiceError('RECORD_TOO_LARGE', 'A batch is too large to be encoded.', {
      hint: 'A record may take up to 64 MiB.',
      cause: error,
    })
  }
  if (!(error instanceof SluiceError) || error.code !== 'RECORD_NOT_ENCODABLE') return error
  // The codec names the path within a field; the walk names it within the record.
  try {
    for (let i = 0; i < batch.length; i++) assertEncodable(batch.values[i])
  } catch (found) {
    return found
  }
  return error
}

function assertRecordSizes(batch: Batch): void {
  const scratch = new ByteWriter()
  for (let i = 0; i < batch.length; i++) {
    scratch.reset()
    encodeValue(scratch, batch.values[i])
    if (scratch.position > MAX_RECORD_BYTES) throw recordTooLarge(scratch.position)
  }
}

function writeTimestamps(out: ByteWriter, batch: Batch): void {
  const { timestamps, length } = batch
  const bytes = new Uint8Array(timestamps.buffer, timestamps.byteOffset, length * 8)
  if (length > 1 && isUniform(timestamps, length)) {
    out.bytes[0] = (out.bytes[0] as number) | UNIFORM_TIMESTAMPS
    out.raw(bytes.subarray(0, 8))
  } else out.raw(bytes)
}

function isUniform(timestamps: Float64Array, length: number): boolean {
  const first = timestamps[0] as number
  for (let i = 1; i < length; i++) if (!Object.is(timestamps[i], first)) return false
  return true
}

/** Decodes the batches of one channel, in order. */
export class BatchDecoder {
  readonly #execution: CodecExecution
  #shapes: readonly FieldLayout[] = []
  #definition = new Uint8Array(0)
  #layoutId = -1
  #decodeRows: RowDecoder | undefined
  #isCompiled = false
  #records = 0

  constructor(execution: CodecExecution = 'auto') {
    this.#execution = execution
  }

  /**
   * The records of a batch. Nothing of them lies in `bytes`, but their strings are cut from one
   * text that all of them keep alive: what outlives the batch is copied with `flattenValue`.
   *
   * @throws SluiceError CODEC_DAMAGED for bytes that the encoder of this channel cannot have
   * written.
   */
  decode(bytes: Uint8Array): Batch & { readonly values: unknown[] } {
    try {
      return this.#decode(new ByteReader(bytes))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw damaged(`a batch ends within a record (${error.message})`)
    }
  }

  #decode(reader: ByteReader): Batch & { readonly values: unknown[] } {
    const flags = reader.u8()
    const layoutId = reader.varint()
    const length = reader.count()
    if ((flags & HAS_DEFINITION) !== 0) {
      this.#readDefinition(reader)
      this.#layoutId = layoutId
    } else if (layoutId !== this.#layoutId) {
      throw damaged(`a batch has layout ${layoutId}, but layout ${this.#layoutId} was announced`)
    }
    const timestamps = readTimestamps(reader, length, (flags & UNIFORM_TIMESTAMPS) !== 0)
    const rowsBytes = reader.u32()
    reader.need(rowsBytes)
    if (length > rowsBytes) throw damaged('a batch has fewer rows than records')
    const start = reader.bytes.byteOffset + reader.position
    const rows = new DataView(reader.bytes.buffer, start, rowsBytes)
    reader.position += rowsBytes
    const text = reader.characters(reader.varint(), (flags & WIDE_TEXT) !== 0)
    this.#records += length
    const values = this.#rowDecoder()(length, rows, text, reader)
    if (reader.remaining !== 0) throw damaged('a batch is longer than its records')
    return { values, timestamps, length }
  }

  /** A layout that is sent again keeps the function that was compiled for it. */
  #readDefinition(reader: ByteReader): void {
    const start = reader.position
    const shapes = parseShapes(decodeValue(reader))
    const definition = reader.bytes.slice(start, reader.position)
    if (Buffer.compare(definition, this.#definition) === 0) return
    this.#definition = definition
    this.#shapes = shapes
    this.#decodeRows = undefined
  }

  #rowDecoder(): RowDecoder {
    const generated = isGenerated(this.#execution, this.#records)
    if (this.#decodeRows === undefined || generated !== this.#isCompiled) {
      this.#isCompiled = generated
      this.#decodeRows = (generated ? compileRowDecoder : interpretRowDecoder)(this.#shapes)
    }
    return this.#decodeRows
  }
}

function readTimestamps(reader: ByteReader, length: number, uniform: boolean): Float64Array {
  if (uniform) return new Float64Array(length).fill(reader.f64())
  return new Float64Array(reader.raw(length * 8).buffer)
}
