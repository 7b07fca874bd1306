// The committable of the file sink: what a prepared part is called, hidden and visible, and how to
// know its content again. Its bytes are JSON, versioned, because they outlive the program that
// wrote them.

import { SluiceError } from '@sluice/core/connector'

/** A file as manifests list it. */
export interface CommittedFile {
  /** Relative to the sink's folder, with `/`. */
  readonly file: string
  readonly sizeBytes: number
  /** CRC-32 of the content. */
  readonly crc32: number
  readonly records: number
}

/** A prepared part. */
export interface PreparedFile extends CommittedFile {
  /** The name in the staging folder. */
  readonly hidden: string
}

const version = 1

export function encodePrepared(prepared: PreparedFile): Uint8Array {
  const { hidden, file, sizeBytes, crc32, records } = prepared
  return new TextEncoder().encode(
    JSON.stringify({ version, hidden, file, sizeBytes, crc32, records }),
  )
}

export function decodePrepared(bytes: Uint8Array): PreparedFile {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  const fields = value as PreparedFile & { version: number }
  if (fields.version !== version) {
    throw new SluiceError(
      'CHECKPOINT_FORMAT_NEWER',
      `A committable of the file sink has format ${fields.version}; this version knows ${version}.`,
      { hint: 'Restore with the version of Sluice that wrote the checkpoint, or a newer one.' },
    )
  }
  const { hidden, file, sizeBytes, crc32, records } = fields
  return { hidden, file, sizeBytes, crc32, records }
}
