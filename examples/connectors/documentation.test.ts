import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const page = new URL('../../docs/connectors/writing-a-connector.md', import.meta.url)

test('the guide shows these files as they are', async () => {
  const blocks = (await readFile(page, 'utf8')).matchAll(/```ts\n([^]*?)```/g)
  const shown = Array.from(blocks, ([, code]) => code)
  const names = ['line-source.ts', 'line-sink.ts', 'shout.ts']
  const files = names.map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  expect(shown).toEqual(await Promise.all(files))
})
