import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FileWatch } from '../../src/dev/file-watch.ts'

let folder: string
let watch: FileWatch
let changes: string[][]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'))
  changes = []
  watch = new FileWatch((paths) => changes.push([...paths]))
})

afterEach(async () => {
  watch.end()
  await rm(folder, { recursive: true })
})

const seen = (count: number) =>
  vi.waitFor(() => expect(changes).toHaveLength(count), { timeout: 5_000 })

test('a change is told once it has come to rest, however an editor writes it', async () => {
  const path = join(folder, 'job.ts')
  await writeFile(path, 'one')
  await watch.watch([path])
  await writeFile(path, 'two')
  await writeFile(path, 'three')
  await seen(1)
  await writeFile(`${path}.new`, 'four')
  await rename(`${path}.new`, path)
  await seen(2)
  await rm(path)
  await seen(3)
  await writeFile(path, 'five')
  await seen(4)
  expect(changes).toEqual([[path], [path], [path], [path]])
})

test('a file that was only touched has not changed', async () => {
  const [touched, other] = [join(folder, 'a.ts'), join(folder, 'b.ts')]
  await writeFile(touched, 'same')
  await writeFile(other, 'one')
  await watch.watch([touched, other])
  await utimes(touched, 1, 1)
  await writeFile(other, 'two')
  await seen(1)
  expect(changes).toEqual([[other]])
})

test('watching other files keeps what is known of those that stay', async () => {
  const path = join(folder, 'job.ts')
  await writeFile(path, 'one')
  await watch.watch([path])
  await writeFile(path, 'two')
  await watch.watch([path, join(folder, 'absent.ts')])
  await seen(1)
  expect(changes).toEqual([[path]])
})
