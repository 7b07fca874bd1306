// Bytes that outlive the program that wrote them: one byte of version, then the fields of that
// version with room for tagged ones. What an older program must not overlook comes as a new
// version, for unknown tags are skipped and unknown versions refused.

import { SluiceError } from '@sluice/core/connector'
import type { FieldType } from '../wire/codec/field-type.ts'
import { MalformedMessage } from '../wire/codec/malformed-message.ts'
import { WireReader } from '../wire/codec/wire-reader.ts'
import { WireWriter } from '../wire/codec/wire-writer.ts'

export interface LayoutDeclaration<In, Out> {
  /** What it is, as the start of a sentence: `A committable of the Kafka sink`. */
  readonly what: string
  /** Versions are 1 … `newest`. */
  readonly newest: number
  readonly fields: FieldType<In, Out>
}

export class VersionedLayout<In, Out> {
  readonly #declaration: LayoutDeclaration<In, Out>

  constructor(declaration: LayoutDeclaration<In, Out>) {
    this.#declaration = declaration
  }

  encode(value: In): Uint8Array {
    const { newest, fields } = this.#declaration
    const writer = new WireWriter()
    writer.int8(newest)
    fields.codec({ version: newest, flexible: true }).write(writer, value)
    return writer.finish().slice()
  }

  /** Throws CHECKPOINT_FORMAT_NEWER, or CHECKPOINT_DAMAGED for bytes that nobody has written. */
  decode(bytes: Uint8Array): Out {
    const { what, newest, fields } = this.#declaration
    const reader = new WireReader(bytes)
    try {
      const version = reader.int8()
      if (version > newest) {
        throw new SluiceError(
          'CHECKPOINT_FORMAT_NEWER',
          `${what} has format ${version}; this version of Sluice knows formats up to ${newest}.`,
          { hint: 'Go on with the version of Sluice that wrote it, or a newer one.' },
        )
      }
      if (version < 1) throw reader.malformed(`${version} is no version of it`, 0)
      return reader.part(reader.left, () => fields.codec({ version, flexible: true }).read(reader))
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      throw new SluiceError('CHECKPOINT_DAMAGED', `${what} cannot be read: ${error.message}.`, {
        cause: error,
      })
    }
  }
}
