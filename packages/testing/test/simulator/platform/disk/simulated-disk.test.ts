import type { FileSystemErrorKind } from '@sluice/core/connector'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../../../src/simulator/platform/disk/simulated-disk.ts'
import { SeededRandom } from '../../../../src/simulator/platform/seeded-random.ts'

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function content(disk: SimulatedDisk, path: string): string {
  const file = disk.openForReading(path)
  const into = new Uint8Array(file.sizeBytes)
  file.read(into, 0)
  return new TextDecoder().decode(into)
}

interface DiskOptions {
  sync?: boolean
}

/** `/d` with one file, as it is after the steps and a crash, over many seeds. */
function outcomes(steps: (disk: SimulatedDisk) => void): Set<string> {
  const seen = new Set<string>()
  for (let seed = 0; seed < 300; seed++) {
    const disk = new SimulatedDisk(new SeededRandom(seed), () => 1)
    disk.makeDirectory('/d')
    disk.syncDirectory('/')
    steps(disk)
    disk.crash()
    seen.add(
      disk
        .list('/d')
        .map((name) => `${name}=${content(disk, `/d/${name}`)}`)
        .join(' '),
    )
  }
  return seen
}

function write(disk: SimulatedDisk, path: string, text: string, options: DiskOptions = {}): void {
  const file = disk.create(path)
  disk.append(file, bytes(text), path)
  if (options.sync === true) file.sync()
}

describe('After a crash of the machine', () => {
  it('a file that was synced, with its folder, is there whole', () => {
    const seen = outcomes((disk) => {
      write(disk, '/d/a', 'abc', { sync: true })
      disk.syncDirectory('/d')
    })
    expect(seen).toEqual(new Set(['a=abc']))
  })

  it('a name that was not synced may be gone', () => {
    const seen = outcomes((disk) => write(disk, '/d/a', 'abc', { sync: true }))
    expect(seen).toEqual(new Set(['', 'a=abc']))
  })

  it('bytes that were not synced may be gone, torn or zero', () => {
    const seen = outcomes((disk) => {
      write(disk, '/d/a', 'abc')
      disk.syncDirectory('/d')
    })
    expect(seen).toEqual(new Set(['a=', 'a=a', 'a=ab', 'a=abc', 'a=\0\0\0', 'a=a\0\0', 'a=ab\0']))
  })

  it('bytes that were synced stay when those after them are lost', () => {
    const seen = outcomes((disk) => {
      const file = disk.create('/d/a')
      disk.append(file, bytes('ab'), '/d/a')
      file.sync()
      disk.append(file, bytes('c'), '/d/a')
      disk.syncDirectory('/d')
    })
    expect(seen).toEqual(new Set(['a=ab', 'a=abc', 'a=ab\0']))
  })

  it('a rename left its old name, its new one or both, never neither', () => {
    const seen = outcomes((disk) => {
      write(disk, '/d/a', '1', { sync: true })
      disk.syncDirectory('/d')
      disk.rename('/d/a', '/d/b')
    })
    expect(seen).toEqual(new Set(['a=1', 'b=1', 'a=1 b=1']))
  })

  it('a folder that was renamed has its old name or its new one, never both', () => {
    for (const to of ['/d/b', '/other/b']) {
      const seen = new Set<string>()
      for (let seed = 0; seed < 100; seed++) {
        const disk = new SimulatedDisk(new SeededRandom(seed), () => 1)
        for (const folder of ['/d', '/other', '/d/a']) disk.makeDirectory(folder)
        write(disk, '/d/a/x', '1', { sync: true })
        for (const folder of ['/d/a', '/d', '/']) disk.syncDirectory(folder)
        disk.rename('/d/a', to)
        disk.crash()
        const names = ['/d/a', to].filter((path) => disk.stat(path) !== undefined)
        expect(names.map((path) => disk.list(path))).toEqual([['x']])
        seen.add(names.join())
      }
      expect(seen).toEqual(new Set(['/d/a', to]))
    }
  })

  it('a rename to another folder is not undone where only its target was synced', () => {
    const seen = outcomes((disk) => {
      disk.makeDirectory('/from')
      write(disk, '/from/a', '1', { sync: true })
      disk.syncDirectory('/from')
      disk.syncDirectory('/')
      disk.rename('/from/a', '/d/a')
      disk.syncDirectory('/d')
    })
    expect(seen).toEqual(new Set(['a=1']))
  })

  it('a rename whose source folder alone was synced has its new name too', () => {
    for (let seed = 0; seed < 50; seed++) {
      const disk = new SimulatedDisk(new SeededRandom(seed), () => 1)
      for (const folder of ['/from', '/to']) disk.makeDirectory(folder)
      write(disk, '/from/a', '1', { sync: true })
      disk.syncDirectory('/from')
      disk.syncDirectory('/')
      disk.rename('/from/a', '/to/a')
      disk.syncDirectory('/from')
      disk.crash()
      expect([disk.list('/from'), disk.list('/to')]).toEqual([[], ['a']])
    }
  })

  it('a file that was replaced is the old one or the new one', () => {
    const seen = outcomes((disk) => {
      write(disk, '/d/a', 'old', { sync: true })
      disk.syncDirectory('/d')
      write(disk, '/d/b', 'new', { sync: true })
      disk.rename('/d/b', '/d/a')
    })
    expect(seen).toEqual(new Set(['a=old', 'a=old b=new', 'a=new', 'a=new b=new']))
  })

  it('a removed file may be back, unless its folder was synced', () => {
    const start = (disk: SimulatedDisk) => {
      write(disk, '/d/a', 'x', { sync: true })
      disk.syncDirectory('/d')
      disk.remove('/d/a')
    }
    expect(outcomes(start)).toEqual(new Set(['', 'a=x']))
    const synced = outcomes((disk) => {
      start(disk)
      disk.syncDirectory('/d')
    })
    expect(synced).toEqual(new Set(['']))
  })

  it('a folder whose name was not synced may be gone with everything in it', () => {
    let gone = 0
    for (let seed = 0; seed < 50; seed++) {
      const disk = new SimulatedDisk(new SeededRandom(seed), () => 1)
      disk.makeDirectory('/d')
      write(disk, '/d/a', 'x', { sync: true })
      disk.syncDirectory('/d')
      disk.crash()
      if (disk.stat('/d') === undefined) gone++
      else expect(disk.list('/d')).toEqual(['a'])
    }
    expect(gone).toBeGreaterThan(5)
    expect(gone).toBeLessThan(45)
  })

  it('bytes whose sync failed are not made durable by the next one', () => {
    const seen = outcomes((disk) => {
      const file = disk.create('/d/a')
      disk.syncDirectory('/d')
      disk.append(file, bytes('abc'), '/d/a')
      file.failSync()
      file.sync()
    })
    expect(seen).toContain('a=')
  })

  it('what was synced is there and nothing came from nowhere, whatever was done before', () => {
    const step = fc.record({
      kind: fc.constantFrom('write', 'link', 'rename', 'remove', 'sync'),
      from: fc.integer({ min: 0, max: 3 }),
      to: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 25 }), (seed, steps) => {
        const disk = new SimulatedDisk(new SeededRandom(seed), () => 1)
        disk.makeDirectory('/d')
        disk.syncDirectory('/')
        let written = 0
        /** Per name all contents it had since the last sync; '' for none. */
        let possible = new Map<string, Set<string>>()
        const now = (name: string) =>
          disk.stat(`/d/${name}`) === undefined ? '' : content(disk, `/d/${name}`)
        const note = (name: string) => {
          possible.set(name, (possible.get(name) ?? new Set()).add(now(name)))
        }
        const names = ['0', '1', '2', '3']
        for (const { kind, from, to } of steps) {
          const [source, target] = [`/d/${from}`, `/d/${to}`]
          for (const name of names) note(name)
          const exists = now(String(from)) !== ''
          if (kind === 'write' && !exists) write(disk, source, `v${++written}`, { sync: true })
          if (kind === 'link' && exists && now(String(to)) === '') disk.link(source, target)
          if (kind === 'rename' && exists) disk.rename(source, target)
          if (kind === 'remove') disk.remove(source)
          if (kind === 'sync') {
            disk.syncDirectory('/d')
            possible = new Map()
          }
          for (const name of names) note(name)
        }
        for (const name of names) note(name)
        disk.crash()
        expect(disk.unsyncedNames).toBe(0)
        for (const name of names) expect(possible.get(name)).toContain(now(name))
      }),
      { numRuns: 500 },
    )
  })
})

describe('The disk', () => {
  it('refuses writes when it is full or may not be changed, and links where there are none', () => {
    const kind = (name: FileSystemErrorKind) => expect.objectContaining({ kind: name })
    const disk = new SimulatedDisk(new SeededRandom(1), () => 1)
    const file = disk.create('/a')
    disk.full = true
    expect(() => disk.append(file, bytes('x'), '/a')).toThrow(kind('full'))
    expect(() => disk.create('/b')).toThrow(kind('full'))
    disk.full = false
    disk.hardLinks = false
    expect(() => disk.link('/a', '/b')).toThrow(kind('unsupported'))
    disk.readOnly = true
    expect(() => disk.remove('/a')).toThrow(kind('forbidden'))
    expect(disk.list('/')).toEqual(['a'])
  })

  it('lists the past when asked to', () => {
    const disk = new SimulatedDisk(new SeededRandom(1), () => 1)
    for (const name of ['a', 'b', 'c']) disk.create(`/${name}`)
    disk.remove('/a')
    expect(disk.list('/')).toEqual(['b', 'c'])
    expect(disk.list('/', 1)).toEqual(['a', 'b', 'c'])
    expect(disk.list('/', 2)).toEqual(['a', 'b'])
    expect(disk.list('/', 99)).toEqual([])
  })
})
