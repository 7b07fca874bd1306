// What a format is: how one record becomes bytes and comes back. Connectors take formats and add
// where records begin and end (lines, messages, files).

/** How one record becomes bytes and comes back. */
export interface Format<T> {
  /** `json`, `text`, `bytes`; shown by `sluice plan`. */
  readonly name: string
  /** Throws RECORD_MALFORMED. */
  decode(bytes: Uint8Array): T
  /** Throws RECORD_NOT_ENCODABLE. */
  encode(value: T): Uint8Array
  /** The same without the way over bytes, for formats that are text. */
  decodeText?(text: string): T
  encodeText?(value: T): string
}
