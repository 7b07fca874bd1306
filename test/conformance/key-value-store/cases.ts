// What every key-value store must do, the fake of the simulator and the real one alike. Each case
// gets an empty store.

import {
  KEY_VALUE_DELETE,
  KEY_VALUE_DELETE_RANGE,
  KEY_VALUE_PUT,
  type KeyValueReader,
  type KeyValueStore,
} from '@sluice/core/connector'
import { expect } from 'vitest'

export interface KeyValueStoreCase {
  readonly name: string
  run(store: KeyValueStore): void
}

const ABSENT = 0xffffffff

export const keyValueStoreCases: readonly KeyValueStoreCase[] = [
  {
    name: 'A value that was put is there, replaced by the next, and gone when it is deleted',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'a', 'one'])
      expect(get(store, 'a')).toBe('one')
      write(store, [KEY_VALUE_PUT, 'a', ''], [KEY_VALUE_PUT, 'b', 'two'])
      expect(get(store, 'a')).toBe('')
      write(store, [KEY_VALUE_DELETE, 'a', ''])
      expect(get(store, 'a')).toBeUndefined()
      expect(get(store, 'b')).toBe('two')
      write(store, [KEY_VALUE_DELETE, 'a', ''])
    },
  },
  {
    name: 'Operations of a batch happen in order, and its memory may be used again',
    run(store) {
      const batch = pack([KEY_VALUE_PUT, 'a', '1'], [KEY_VALUE_DELETE, 'a', ''])
      store.write(batch, batch.length)
      const again = pack([KEY_VALUE_DELETE, 'b', ''], [KEY_VALUE_PUT, 'b', '2'])
      store.write(again, again.length)
      again.fill(0)
      expect(get(store, 'a')).toBeUndefined()
      expect(get(store, 'b')).toBe('2')
      store.write(again, 0)
    },
  },
  {
    name: 'A value that does not fit leaves the memory alone and says how large it is',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'a', 'twelve bytes'])
      const into = new Uint8Array(4).fill(7)
      expect(store.get(bytes('a'), into)).toBe(12)
      expect([...into]).toEqual([7, 7, 7, 7])
    },
  },
  {
    name: 'Many keys are looked up in one call, absent ones and one twice included',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'a', 'one'], [KEY_VALUE_PUT, 'c', ''])
      expect(multiGet(store, ['c', 'b', 'a', 'a'])).toEqual(['', undefined, 'one', 'one'])
      expect(multiGet(store, [])).toEqual([])
      const keys = packKeys(['a', 'b'])
      expect(store.multiGet(keys, keys.length, new Uint8Array(3))).toBe(11)
    },
  },
  {
    name: 'A scan goes through keys in the order of their bytes, without its end',
    run(store) {
      const keys = ['b', 'a', 'ab', '\u00ff', 'a\u0000', '\u0000', '']
      write(store, ...keys.map((key) => [KEY_VALUE_PUT, key, `value of ${key}`] as const))
      expect(scan(store, '', '\u00ff\u00ff').map(([key]) => key)).toEqual([
        '',
        '\u0000',
        'a',
        'a\u0000',
        'ab',
        'b',
        '\u00ff',
      ])
      expect(scan(store, 'a', 'b').map(([key]) => key)).toEqual(['a', 'a\u0000', 'ab'])
      expect(scan(store, 'a\u0001', 'ab')).toEqual([])
      expect(scan(store, 'b', 'a')).toEqual([])
      expect(scan(store, 'ab', 'b')).toEqual([['ab', 'value of ab']])
    },
  },
  {
    name: 'A scan that runs out of room goes on where it was, whatever the room',
    run(store) {
      const keys = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0'))
      write(store, ...keys.map((key) => [KEY_VALUE_PUT, key, key.repeat(3)] as const))
      for (const room of [24, 57, 500, 100_000]) {
        expect(scan(store, '', '\u00ff', room).map(([key]) => key)).toEqual(keys)
      }
      expect(store.scan(bytes(''), bytes('\u00ff'), new Uint8Array(10))).toBe(-20)
    },
  },
  {
    name: 'A range is deleted without its end, and only what was there before',
    run(store) {
      const keys = ['a', 'b', 'ba', 'c']
      write(store, ...keys.map((key) => [KEY_VALUE_PUT, key, key] as const))
      write(store, [KEY_VALUE_DELETE_RANGE, 'b', 'c'], [KEY_VALUE_PUT, 'bb', 'later'])
      expect(scan(store, '', '\u00ff').map(([key]) => key)).toEqual(['a', 'bb', 'c'])
      expect(get(store, 'ba')).toBeUndefined()
    },
  },
  {
    name: 'A range that ends before it begins is empty, and the store is none the worse for it',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'b', 'two'])
      write(store, [KEY_VALUE_DELETE_RANGE, 'c', 'a'], [KEY_VALUE_DELETE_RANGE, 'b', 'b'])
      write(store, [KEY_VALUE_PUT, 'a', 'one'])
      expect(scan(store, '', '\u00ff').map(([key]) => key)).toEqual(['a', 'b'])
    },
  },
  {
    name: 'A size that is none, or more than there is, is refused',
    run(store) {
      const batch = pack([KEY_VALUE_PUT, 'a', 'one'])
      const keys = packKeys(['a'])
      for (const size of [1e30, Number.POSITIVE_INFINITY]) {
        expect(() => store.write(batch, size)).toThrow()
        expect(() => store.multiGet(keys, size, new Uint8Array(64))).toThrow()
      }
      expect(() => store.write(batch, batch.length + 32)).toThrow()
      expect(() => store.multiGet(keys, keys.length + 32, new Uint8Array(64))).toThrow()
      expect(get(store, 'a')).toBeUndefined()
    },
  },
  {
    name: 'A view stays as it was, for every kind of read, until it is closed',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'a', 'old'], [KEY_VALUE_PUT, 'b', 'gone soon'])
      const view = store.view()
      write(
        store,
        [KEY_VALUE_PUT, 'a', 'new'],
        [KEY_VALUE_DELETE, 'b', ''],
        [KEY_VALUE_PUT, 'c', 'added'],
      )
      expect(get(view, 'a')).toBe('old')
      expect(multiGet(view, ['a', 'b', 'c'])).toEqual(['old', 'gone soon', undefined])
      expect(scan(view, '', '\u00ff')).toEqual([
        ['a', 'old'],
        ['b', 'gone soon'],
      ])
      expect(get(store, 'a')).toBe('new')
      const later = store.view()
      view.close()
      view.close()
      expect(() => get(view, 'a')).toThrow(/closed/)
      expect(multiGet(later, ['a', 'b', 'c'])).toEqual(['new', undefined, 'added'])
    },
  },
  {
    name: 'A batch that is cut off or of no kind is refused, and nothing of it happens',
    run(store) {
      const batch = pack([KEY_VALUE_PUT, 'a', 'one'], [KEY_VALUE_PUT, 'b', 'two'])
      for (const size of [1, 8, 12, batch.length - 1]) {
        expect(() => store.write(batch, size)).toThrow(/STATE_STORE_FAILED|too early/)
      }
      batch[0] = 9
      expect(() => store.write(batch, batch.length)).toThrow(/no such operation/i)
      expect(scan(store, '', '\u00ff')).toEqual([])
    },
  },
  {
    name: 'Megabytes are a value like any other',
    run(store) {
      const large = 'x'.repeat(3_000_000)
      write(store, [KEY_VALUE_PUT, 'a', large], [KEY_VALUE_PUT, large, 'key'])
      expect(get(store, 'a')).toBe(large)
      expect(get(store, large)).toBe('key')
      expect(scan(store, '', '\u00ff')).toHaveLength(2)
    },
  },
  {
    name: 'A closed store and its views refuse; closing again is no error',
    run(store) {
      write(store, [KEY_VALUE_PUT, 'a', 'one'])
      const view = store.view()
      store.close()
      store.close()
      expect(() => get(store, 'a')).toThrow(/closed/)
      expect(() => get(view, 'a')).toThrow(/closed/)
      expect(() => write(store, [KEY_VALUE_PUT, 'a', 'two'])).toThrow(/closed/)
      expect(() => store.view()).toThrow(/closed/)
      view.close()
    },
  },
]

type Operation = readonly [kind: number, key: string, value: string]

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

function pack(...operations: readonly Operation[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      operations.map(([kind, key, value]) => {
        const head = Buffer.alloc(9)
        head.writeUInt8(kind)
        head.writeUInt32LE(key.length, 1)
        head.writeUInt32LE(value.length, 5)
        return Buffer.concat([head, bytes(key), bytes(value)])
      }),
    ),
  )
}

function write(store: KeyValueStore, ...operations: readonly Operation[]): void {
  const batch = pack(...operations)
  store.write(batch, batch.length)
}

function get(reader: KeyValueReader, key: string): string | undefined {
  const into = new Uint8Array(4_000_000)
  const sizeBytes = reader.get(bytes(key), into)
  if (sizeBytes < 0) return undefined
  return Buffer.from(into.subarray(0, sizeBytes)).toString('latin1')
}

function packKeys(keys: readonly string[]): Uint8Array {
  const parts = keys.map((key) => {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(key.length)
    return Buffer.concat([head, bytes(key)])
  })
  return new Uint8Array(Buffer.concat(parts))
}

function multiGet(reader: KeyValueReader, keys: readonly string[]): (string | undefined)[] {
  const packed = packKeys(keys)
  const into = Buffer.alloc(1000)
  const used = reader.multiGet(
    packed,
    packed.length,
    new Uint8Array(into.buffer, into.byteOffset, 1000),
  )
  const values: (string | undefined)[] = []
  let at = 0
  while (at < used) {
    const sizeBytes = into.readUInt32LE(at)
    at += 4
    if (sizeBytes === ABSENT) values.push(undefined)
    else values.push(into.toString('latin1', at, (at += sizeBytes)))
  }
  return values
}

/** All rows, in as many scans as it takes. */
function scan(
  reader: KeyValueReader,
  start: string,
  end: string,
  room = 8_000_000,
): [string, string][] {
  const rows: [string, string][] = []
  const into = Buffer.alloc(room)
  const part = new Uint8Array(into.buffer, into.byteOffset, room)
  let from = start
  for (;;) {
    const used = reader.scan(bytes(from), bytes(end), part)
    expect(used).toBeGreaterThanOrEqual(0)
    if (used === 0) return rows
    let at = 0
    while (at < used) {
      const keyEnd = at + 8 + into.readUInt32LE(at)
      const valueEnd = keyEnd + into.readUInt32LE(at + 4)
      rows.push([
        into.toString('latin1', at + 8, keyEnd),
        into.toString('latin1', keyEnd, valueEnd),
      ])
      at = valueEnd
    }
    from = `${rows.at(-1)?.[0]}\u0000`
  }
}
