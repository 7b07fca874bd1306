// What every storage of checkpoints must do. Each case gets a place of its own; `open` gives a new
// storage on it, as another run of the job would have it.

import type { CheckpointStorage } from '@sluice/runtime/internal'
import { expect } from 'vitest'

export interface StorageCase {
  readonly name: string
  run(open: () => Promise<CheckpointStorage>): Promise<void>
}

export const storageCases: readonly StorageCase[] = [
  {
    name: 'A new storage is empty',
    async run(open) {
      const storage = await open()
      expect(await storage.listPositions()).toEqual([])
      expect(await storage.readEntry(1)).toBeUndefined()
      expect(await storage.readFloor()).toBe(0)
      expect(await storage.listSegments()).toEqual([])
      expect(await storage.listNotes()).toEqual([])
      expect(storage.durable).toBe(true)
      expect(storage.location).not.toBe('')
    },
  },
  {
    name: 'An entry is created once and read by every run',
    async run(open) {
      const [first, second] = [await open(), await open()]
      expect(await first.append(1, bytes('one'))).toBe('created')
      expect(await second.append(1, bytes('uno'))).toBe('taken')
      expect(await first.append(1, bytes('one'))).toBe('taken')
      expect(text(await second.readEntry(1))).toBe('one')
      expect(text(await first.readEntry(1))).toBe('one')
      expect(text(await (await open()).readEntry(1))).toBe('one')
    },
  },
  {
    name: 'Of many runs that append at one position exactly one wins, whole',
    async run(open) {
      const runs = await Promise.all(Array.from({ length: 6 }, () => open()))
      const outcomes = await Promise.all(
        runs.map((run, index) => run.append(1, new Uint8Array(3000).fill(index))),
      )
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
      const entry = await (await open()).readEntry(1)
      expect(entry).toEqual(new Uint8Array(3000).fill(outcomes.indexOf('created')))
    },
  },
  {
    name: 'Entries may be empty or large, and their bytes come back as they were',
    async run(open) {
      const storage = await open()
      const large = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251)
      await storage.append(1, new Uint8Array(0))
      await storage.append(2, large)
      expect(await storage.readEntry(1)).toEqual(new Uint8Array(0))
      expect(Buffer.compare((await storage.readEntry(2)) ?? bytes(''), large)).toBe(0)
    },
  },
  {
    name: 'Positions are listed in order, beyond the tenth too',
    async run(open) {
      const storage = await open()
      for (const position of [10, 9, 100, 1]) await storage.append(position, bytes('x'))
      expect(await (await open()).listPositions()).toEqual([1, 9, 10, 100])
    },
  },
  {
    name: 'A deleted entry is gone, and deleting again is no error',
    async run(open) {
      const storage = await open()
      await storage.append(1, bytes('one'))
      await storage.append(2, bytes('two'))
      await storage.deleteEntry(1)
      await storage.deleteEntry(1)
      expect(await storage.readEntry(1)).toBeUndefined()
      expect(await storage.listPositions()).toEqual([2])
    },
  },
  {
    name: 'The floor rises and never falls, whoever raises it',
    async run(open) {
      const [first, second] = [await open(), await open()]
      await first.raiseFloor(5)
      await second.raiseFloor(3)
      expect(await first.readFloor()).toBe(5)
      await second.raiseFloor(5)
      await Promise.all([first.raiseFloor(12), second.raiseFloor(11)])
      for (let position = 13; position < 30; position++) await first.raiseFloor(position)
      expect(await second.readFloor()).toBe(29)
      expect(await (await open()).readFloor()).toBe(29)
    },
  },
  {
    name: 'A segment is written from chunks, read whole, listed and deleted',
    async run(open) {
      const storage = await open()
      await storage.writeSegment('1-7-a.segment', [bytes('ab'), bytes(''), bytes('cd')])
      await storage.writeSegment('empty', [])
      await storage.writeSegment('later', later(['x', 'y']))
      const other = await open()
      expect(text(await other.readSegment('1-7-a.segment'))).toBe('abcd')
      expect(text(await other.readSegment('later'))).toBe('xy')
      expect(await other.readSegment('empty')).toEqual(new Uint8Array(0))
      expect(await other.listSegments()).toEqual(['1-7-a.segment', 'empty', 'later'])
      await other.deleteSegment('empty')
      await other.deleteSegment('empty')
      expect(await storage.listSegments()).toEqual(['1-7-a.segment', 'later'])
    },
  },
  {
    name: 'A segment is read part by part as it was written',
    async run(open) {
      const storage = await open()
      const sizeBytes = 1_000_003
      const whole = Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + (index >> 8))
      await storage.writeSegment('large', [whole.subarray(0, 400_000), whole.subarray(400_000)])
      await storage.writeSegment('empty', [])
      const read = async (name: string) => {
        const parts: Uint8Array[] = []
        // Memory of a part belongs to the next one.
        await storage.readSegmentParts(name, (part) => parts.push(part.slice()))
        return Buffer.concat(parts)
      }
      const [large, again, empty] = await Promise.all([read('large'), read('large'), read('empty')])
      expect(large.equals(whole) && again.equals(whole)).toBe(true)
      expect(empty).toHaveLength(0)
      await expect(read('absent')).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
    },
  },
  {
    name: 'A segment replaces what a dead writer left under its name',
    async run(open) {
      const storage = await open()
      await storage.writeSegment('a', [bytes('a long attempt')])
      await (await open()).writeSegment('a', [bytes('again')])
      expect(text(await storage.readSegment('a'))).toBe('again')
    },
  },
  {
    name: 'A segment whose writer fails is not there',
    async run(open) {
      const storage = await open()
      const broken = (async function* () {
        yield* later(['half'])
        throw new Error('the worker is gone')
      })()
      await expect(storage.writeSegment('a', broken)).rejects.toThrow('the worker is gone')
      expect(await storage.listSegments()).toEqual([])
    },
  },
  {
    name: 'A missing segment is damage, with its name',
    async run(open) {
      const storage = await open()
      await expect(storage.readSegment('absent')).rejects.toMatchObject({
        code: 'CHECKPOINT_DAMAGED',
        message: expect.stringContaining('absent') as string,
      })
    },
  },
  {
    name: 'Notes are written over, read, listed and deleted',
    async run(open) {
      const storage = await open()
      expect(await storage.readNote('committed-1')).toBeUndefined()
      await storage.writeNote('committed-1', bytes('1'))
      await storage.writeNote('committed-1', bytes('2'))
      await storage.writeNote('committed-2', bytes('3'))
      const other = await open()
      expect(text(await other.readNote('committed-1'))).toBe('2')
      expect(await other.listNotes()).toEqual(['committed-1', 'committed-2'])
      await other.deleteNote('committed-1')
      await other.deleteNote('committed-1')
      expect(await storage.listNotes()).toEqual(['committed-2'])
    },
  },
  {
    name: 'A name that leads out of the storage is refused',
    async run(open) {
      const storage = await open()
      await expect(storage.writeSegment('../log/1', [])).rejects.toMatchObject({
        code: 'INVARIANT_BROKEN',
      })
      await expect(storage.append(0, bytes(''))).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' })
    },
  },
]

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

async function* later(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of texts) {
    await Promise.resolve()
    yield bytes(part)
  }
}
