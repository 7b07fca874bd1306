// A record as clients that are not ours read it.

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  /** The bytes as text. */
  readonly key: string | null
  readonly value: string | null
  readonly keyBytes: Buffer | null
  readonly valueBytes: Buffer | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

/** The same with base64 for bytes, as the Java client sends it. */
export interface JavaRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

export function readRecordOf(record: JavaRecord): ReadRecord {
  const keyBytes = bytesOf(record.key)
  const valueBytes = bytesOf(record.value)
  return {
    ...record,
    keyBytes,
    valueBytes,
    key: textOf(keyBytes),
    value: textOf(valueBytes),
    headers: record.headers.map(([name, value]) => [name, textOf(bytesOf(value))] as const),
  }
}

export function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString()
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64')
}
