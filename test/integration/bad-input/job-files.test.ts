// Job files that cannot be run: each is refused before anything was touched, with exit code 2, the
// place in the user's file and how to mend it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrdersFolder, secret } from './orders-folder.ts'

const timeout = 60_000

const head = `import { consoleSink, count, defineJob, memorySource, tumbling } from 'sluice'\n`

/** A job file with this graph. */
function withGraph(body: string, settings = ''): string {
  return `${head}export default defineJob({
  name: 'broken',${settings}
  graph(job) {
    ${body}
  },
})
`
}

const numbers = `const numbers = job.from('numbers', memorySource([1]), { eventTime: () => 1 })`

interface BrokenFile {
  readonly text: string
  readonly told: readonly RegExp[]
}

const broken: Readonly<Record<string, BrokenFile>> = {
  'does not parse': {
    text: `${head}export default defineJob({\n  name: 'broken',,\n})\n`,
    told: [
      /^JOB_FILE_UNREADABLE The job file job\.ts could not be imported: /m,
      /^ {4}job\.ts:3$/m,
      /^ {6}name: 'broken',,$/m,
      /^ {2}hint {3}Mend the line that is shown\.$/m,
    ],
  },
  'uses an enum': {
    text: `enum Colour { Red }\nexport default Colour\n`,
    told: [/^JOB_FILE_UNREADABLE /m, /hint {3}Node runs TypeScript by erasing its types: no enum/],
  },
  'throws while it is imported': {
    text: `function settings(): never {\n  throw new Error('no settings')\n}\nsettings()\n`,
    told: [
      /^JOB_FILE_UNREADABLE .* could not be imported: no settings$/m,
      /^ {4}at settings \(job\.ts:2:\d+\)$/m,
      /^ {2}hint {3}/m,
    ],
  },
  'imports what is not installed': {
    text: `import 'left-padding-of-old'\n`,
    told: [/^JOB_FILE_UNREADABLE /m, /hint {3}Install it: npm install left-padding-of-old/],
  },
  'has no default export': {
    text: `${head}export const job = 1\n`,
    told: [/^JOB_NO_DEFAULT_EXPORT job\.ts does not/m, /hint {3}Write export default defineJob/],
  },
  'exports something else by default': {
    text: `export default { name: 'broken', graph() {} }\n`,
    told: [/^JOB_NO_DEFAULT_EXPORT job\.ts does not/m, /hint {3}Write export default defineJob/],
  },
  'throws while it builds': {
    text: `function shops(list?: string): string[] {\n  return list!.split(',')\n}\n${withGraph(
      `job.from('shops', memorySource(shops())).to('screen', consoleSink())`,
    )}`,
    told: [
      /^JOB_BUILD_FAILED The graph function threw TypeError: /m,
      /^ {4}at shops \(job\.ts:2:\d+\)$/m,
      /hint {3}Mend the graph function\./,
    ],
  },
  'gives two steps one name': {
    text: withGraph(`${numbers}
    numbers.to('screen', consoleSink())
    numbers.map((n) => n + 1).to('screen', consoleSink())`),
    told: [
      /^STEP_NAME_DUPLICATE Two steps are called 'screen': one at job\.ts:6:\d+, one at job\.ts:7/m,
      /hint {3}Give each named step of a job a name of its own\./,
    ],
  },
  'leaves out a name': {
    text: withGraph(`${numbers}
    const windows = numbers.keyBy((n) => n).window(tumbling('1m'))
    windows.aggregate({ n: count() } as never, {} as never)`),
    told: [/^STEP_NAME_INVALID A window needs a name; what was given is of type object\.$/m],
  },
  'has a name that is none': {
    text: withGraph(`job.from('My Numbers', memorySource([1])).to('screen', consoleSink())`),
    told: [
      /^STEP_NAME_INVALID A source cannot be called 'My Numbers'\.$/m,
      /^ {4}at .*job\.ts:5:\d+\)$/m,
      /hint {3}Names are lower-case letters, digits and hyphens/,
    ],
  },
  'leaves a stream without a sink': {
    text: withGraph(`job.from('numbers', memorySource([1])).map((n) => n)`),
    told: [/^JOB_INVALID The job has no sink\.$/m, /hint {3}End each stream with \.to/],
  },
  'misspells a setting': {
    text: withGraph(
      `job.from('numbers', memorySource([1])).to('screen', consoleSink())`,
      `\n  checkpoint: { evry: '1s' } as never,`,
    ),
    told: [/^SETTING_INVALID checkpoint has no option evry\.$/m, /hint {3}There are every, /],
  },
}

test.each(Object.entries(broken))('a job file that %s', { timeout }, async (_, { text, told }) => {
  const folder = new OrdersFolder()
  folder.write('job.ts', text)
  const { code, out, error } = await folder.sluice(['run', 'job.ts'])
  for (const pattern of told) expect(error).toMatch(pattern)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(error).not.toMatch(/node:internal|packages\//)
  expect(existsSync(join(folder.path, '.sluice'))).toBe(false)
})

test('parameters that are missing or wrong are listed all at once, without their values', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  folder.write(
    'job.ts',
    `import { z } from 'zod'\n${head}export default defineJob({
  name: 'parameters',
  params: z.object({
    BROKERS: z.string(),
    PORT: z.coerce.number().int(),
    SHOP_PASSWORD: z.string().min(99),
    MODE: z.enum(['fast', 'slow']),
  }),
  graph(job) {
    job.from('numbers', memorySource([1])).to('screen', consoleSink())
  },
})
`,
  )
  const given = ['-p', `PORT=${secret}`, '-p', 'MODE=fats', '-p', 'BORKERS=x']
  const { code, error } = await folder.sluice(['run', 'job.ts', ...given])
  expect(code).toBe(2)
  expect(error).toContain("The job 'parameters' has no parameter 'BORKERS'. Did you mean BROKERS?")
  expect(error).toMatch(
    /^PARAMETER_INVALID .*\n {2}BROKERS: .*\n {2}PORT: .*\n {2}SHOP_PASSWORD: .*\n {2}MODE: /m,
  )
  expect(error).toMatch(/hint {3}Set them in the environment or with --param NAME=value\./)
})

const file = `import { fileSink } from '@sluice/files'\nimport { json } from 'sluice'\n`
const intoFiles = `job.from('n', memorySource([1]))
      .to('rows', fileSink({ path: './out', value: json() }))`

test.each([
  [`\n  checkpoint: 'off',`, /checkpoints are off/, /Remove `checkpoint: 'off'`/],
  [
    `\n  checkpoint: { mode: 'at-least-once' },`,
    /checkpoints are taken in at-least-once mode/,
    /Use `mode: 'exactly-once'`/,
  ],
])('an exactly-once sink with%s is refused', { timeout }, async (settings, what, hint) => {
  const folder = new OrdersFolder()
  folder.write('job.ts', file + withGraph(intoFiles, settings))
  const { code, error } = await folder.sluice(['run', 'job.ts'])
  expect(code).toBe(2)
  expect(error).toMatch(/^SINK_NEEDS_CHECKPOINTS Sink 'rows' /m)
  expect(error).toMatch(what)
  expect(error).toMatch(hint)
  expect(existsSync(join(folder.path, 'out'))).toBe(false)
})
