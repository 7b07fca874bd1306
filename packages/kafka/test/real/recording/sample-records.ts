// The records that are written for the fixtures: every shape that a record can have, and enough of
// them that each compression needs several of its blocks.

/** A record as plain JSON: bytes as base64. */
export interface SampleRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
  readonly timestamp: number
}

const began = 1_700_000_000_000

function sample(
  key: string | null,
  value: string | null,
  headers: readonly (readonly [string, string | null])[] = [],
  timestamp = began,
): SampleRecord {
  return {
    key: encoded(key),
    value: encoded(value),
    headers: headers.map(([name, text]) => [name, encoded(text)] as const),
    timestamp,
  }
}

function encoded(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString('base64')
}

/** One of each shape; the times go back and forth. */
export const shapes: readonly SampleRecord[] = [
  sample('key', 'value'),
  sample(null, 'without a key'),
  sample('deleted', null),
  sample(null, null),
  sample('', ''),
  sample('later', 'than the first', [], began + 86_400_000),
  sample('earlier', 'than the first', [], began - 1),
  sample('one header', 'x', [['trace', '1234']]),
  sample('headers', 'x', [
    ['same', 'first'],
    ['same', 'second'],
    ['', 'without a name'],
    ['empty', ''],
    ['größe', '1 €'],
  ]),
  sample('long value', 'ab'.repeat(150)),
  sample('ключ', '値 🦥'),
]

/** A header may be null for Kafka; not every client can say so. */
export const nullHeader = sample('null header', 'x', [['nothing', null]])

/** About 150 kB that can be compressed, the same in every run. */
export const large: readonly SampleRecord[] = Array.from({ length: 300 }, (_, n) =>
  sample(`key ${n}`, textOf(n), n % 10 === 0 ? [['index', String(n)]] : [], began + n),
)

function textOf(seed: number): string {
  const words: string[] = []
  let state = seed + 1
  while (words.length < 80) {
    state = (state * 48_271) % 2_147_483_647
    words.push((state % 4096).toString(36))
  }
  return words.join(' ')
}
