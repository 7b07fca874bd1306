// What every file system must do, whichever platform it belongs to. Each case gets an empty folder.
// What a crash keeps is not here: only the simulated file system can be asked (its own tests do).

import type { FileHandle, FileSystem, FileSystemErrorKind } from '@sluice/core/connector'
import { FileSystemError } from '@sluice/core/connector'
import { expect } from 'vitest'

export interface FileSystemCase {
  readonly name: string
  run(files: FileSystem, folder: string): Promise<void>
}

export const fileSystemCases: readonly FileSystemCase[] = [
  {
    name: 'A created file holds what was appended, in order, and is read at any position',
    async run(files, folder) {
      const handle = await files.open(`${folder}/a`, 'create')
      await handle.append(bytes('hello '))
      await handle.append(bytes(''))
      await handle.append(bytes('world'))
      expect(await readAt(handle, 6, 99)).toBe('world')
      await handle.sync()
      await handle.close()
      const reader = await files.open(`${folder}/a`, 'read')
      expect(await readAt(reader, 0, 5)).toBe('hello')
      expect(await readAt(reader, 4, 3)).toBe('o w')
      expect(await readAt(reader, 11, 5)).toBe('')
      expect(await readAt(reader, 500, 5)).toBe('')
      expect(await readAt(reader, 0, 0)).toBe('')
      await reader.close()
    },
  },
  {
    name: 'A handle may be closed twice, and sees what another handle appends',
    async run(files, folder) {
      const writer = await files.open(`${folder}/a`, 'create')
      const reader = await files.open(`${folder}/a`, 'read')
      expect(await readAt(reader, 0, 9)).toBe('')
      await writer.append(bytes('late'))
      expect(await readAt(reader, 0, 9)).toBe('late')
      for (const handle of [writer, reader, writer, reader]) await handle.close()
    },
  },
  {
    name: 'Creating is exclusive, reading needs a file',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'first')
      await fails('exists', () => files.open(`${folder}/a`, 'create'))
      expect(await read(files, `${folder}/a`)).toBe('first')
      await fails('not-found', () => files.open(`${folder}/b`, 'read'))
      await fails('not-found', () => files.open(`${folder}/b/c`, 'create'))
      await fails('not-a-directory', () => files.open(`${folder}/a/c`, 'create'))
      await fails('is-a-directory', () => files.open(folder, 'read'))
      await fails('exists', () => files.open(folder, 'create'))
    },
  },
  {
    name: 'A reading handle does not write',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'first')
      const reader = await files.open(`${folder}/a`, 'read')
      await fails('failed', () => reader.append(bytes('more')))
      await reader.close()
      expect(await read(files, `${folder}/a`)).toBe('first')
    },
  },
  {
    name: 'The stat of a file says kind, size, time and identity',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'twelve bytes')
      await write(files, `${folder}/b`, '')
      const [a, b] = [await files.stat(`${folder}/a`), await files.stat(`${folder}/b`)]
      expect(a).toMatchObject({ kind: 'file', sizeBytes: 12 })
      expect(b).toMatchObject({ kind: 'file', sizeBytes: 0 })
      expect(a?.modifiedMs).toBeGreaterThan(0)
      expect(a?.identity).not.toBe(b?.identity)
      expect(await files.stat(folder)).toMatchObject({ kind: 'directory' })
      expect(await files.stat(`${folder}/c`)).toBeUndefined()
      expect(await files.stat(`${folder}/c/d`)).toBeUndefined()
      expect(await files.stat(`${folder}/a/d`)).toBeUndefined()
      const handle = await files.open(`${folder}/a`, 'read')
      expect((await handle.stat()).identity).toBe(a?.identity)
      await handle.close()
    },
  },
  {
    name: 'A listing has the names of files and folders, sorted, and no others',
    async run(files, folder) {
      expect(await files.list(folder)).toEqual([])
      for (const name of ['b', 'a', 'B', '.hidden']) await write(files, `${folder}/${name}`, name)
      await files.makeDirectory(`${folder}/c/d`)
      expect(await files.list(folder)).toEqual(['.hidden', 'B', 'a', 'b', 'c'])
      expect(await files.list(`${folder}/c`)).toEqual(['d'])
      await fails('not-found', () => files.list(`${folder}/e`))
      await fails('not-a-directory', () => files.list(`${folder}/a`))
    },
  },
  {
    name: 'Making a folder makes its parents, and again is no error',
    async run(files, folder) {
      await files.makeDirectory(`${folder}/a/b/c`)
      await files.makeDirectory(`${folder}/a/b/c`)
      await files.makeDirectory(`${folder}/a/b`)
      await Promise.all(['x', 'y'].map((name) => files.makeDirectory(`${folder}/p/q/${name}`)))
      expect(await files.list(`${folder}/p/q`)).toEqual(['x', 'y'])
      await write(files, `${folder}/file`, '')
      await fails('not-a-directory', () => files.makeDirectory(`${folder}/file`))
      await fails('not-a-directory', () => files.makeDirectory(`${folder}/file/a`))
      await files.removeDirectory(`${folder}/a/b/c`)
      await files.makeDirectory(`${folder}/a/b/c`)
      expect(await files.list(`${folder}/a/b`)).toEqual(['c'])
    },
  },
  {
    name: 'Renaming moves a file, replaces its target, and keeps open handles',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'new')
      await write(files, `${folder}/b`, 'old')
      const [fresh, former] = [
        await files.open(`${folder}/a`, 'read'),
        await files.open(`${folder}/b`, 'read'),
      ]
      await files.rename(`${folder}/a`, `${folder}/b`)
      expect(await files.list(folder)).toEqual(['b'])
      expect(await read(files, `${folder}/b`)).toBe('new')
      expect(await readAt(fresh, 0, 9)).toBe('new')
      expect(await readAt(former, 0, 9)).toBe('old')
      await fresh.close()
      await former.close()
      await files.rename(`${folder}/b`, `${folder}/b`)
      expect(await read(files, `${folder}/b`)).toBe('new')
      await fails('not-found', () => files.rename(`${folder}/a`, `${folder}/c`))
      await fails('not-found', () => files.rename(`${folder}/b`, `${folder}/d/c`))
    },
  },
  {
    name: 'Renaming keeps files and folders apart',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'a')
      await files.makeDirectory(`${folder}/d/e`)
      await files.makeDirectory(`${folder}/f`)
      await fails('is-a-directory', () => files.rename(`${folder}/a`, `${folder}/d`))
      await fails('not-a-directory', () => files.rename(`${folder}/d`, `${folder}/a`))
      await fails('not-empty', () => files.rename(`${folder}/f`, `${folder}/d`))
      await files.rename(`${folder}/d`, `${folder}/f`)
      expect(await files.list(folder)).toEqual(['a', 'f'])
      expect(await files.list(`${folder}/f`)).toEqual(['e'])
    },
  },
  {
    name: 'A link is a second name that outlives the first, and never replaces one',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'mine')
      await write(files, `${folder}/b`, 'other')
      await files.link(`${folder}/a`, `${folder}/c`)
      await fails('exists', () => files.link(`${folder}/b`, `${folder}/c`))
      await fails('exists', () => files.link(`${folder}/a`, `${folder}/c`))
      await fails('not-found', () => files.link(`${folder}/z`, `${folder}/y`))
      const [first, second] = [await files.stat(`${folder}/a`), await files.stat(`${folder}/c`)]
      expect(second?.identity).toBe(first?.identity)
      await files.remove(`${folder}/a`)
      expect(await read(files, `${folder}/c`)).toBe('mine')
    },
  },
  {
    name: 'Of many links to one name exactly one succeeds',
    async run(files, folder) {
      const names = Array.from({ length: 8 }, (_, index) => `${folder}/try-${index}`)
      for (const name of names) await write(files, name, name)
      const results = await Promise.allSettled(
        names.map((name) => files.link(name, `${folder}/won`)),
      )
      const winners = names.filter((_, index) => results[index]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      expect(await read(files, `${folder}/won`)).toBe(winners[0])
    },
  },
  {
    name: 'Removing takes one name away, keeps open handles, and is no error where there is none',
    async run(files, folder) {
      await write(files, `${folder}/a`, 'still here')
      const handle = await files.open(`${folder}/a`, 'read')
      await files.remove(`${folder}/a`)
      await files.remove(`${folder}/a`)
      expect(await files.stat(`${folder}/a`)).toBeUndefined()
      expect(await readAt(handle, 0, 99)).toBe('still here')
      await handle.close()
      await fails('is-a-directory', () => files.remove(folder))
    },
  },
  {
    name: 'Only an empty folder is removed',
    async run(files, folder) {
      await files.makeDirectory(`${folder}/d`)
      await write(files, `${folder}/d/a`, '')
      await fails('not-empty', () => files.removeDirectory(`${folder}/d`))
      await files.remove(`${folder}/d/a`)
      await fails('not-a-directory', async () => {
        await write(files, `${folder}/b`, '')
        await files.removeDirectory(`${folder}/b`)
      })
      await files.removeDirectory(`${folder}/d`)
      await files.removeDirectory(`${folder}/d`)
      expect(await files.list(folder)).toEqual(['b'])
    },
  },
  {
    name: 'Syncing a folder needs a folder',
    async run(files, folder) {
      await write(files, `${folder}/a`, '')
      await files.syncDirectory(folder)
      await fails('not-found', () => files.syncDirectory(`${folder}/b`))
      await fails('not-a-directory', () => files.syncDirectory(`${folder}/a`))
    },
  },
]

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

async function write(files: FileSystem, path: string, text: string): Promise<void> {
  const handle = await files.open(path, 'create')
  await handle.append(bytes(text))
  await handle.close()
}

async function read(files: FileSystem, path: string): Promise<string> {
  const handle = await files.open(path, 'read')
  try {
    return await readAt(handle, 0, (await handle.stat()).sizeBytes)
  } finally {
    await handle.close()
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const into = new Uint8Array(length)
  return new TextDecoder().decode(into.subarray(0, await handle.read(into, position)))
}

async function fails(kind: FileSystemErrorKind, action: () => Promise<unknown>): Promise<void> {
  const error: unknown = await action().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(FileSystemError)
  expect((error as FileSystemError).kind).toBe(kind)
}
