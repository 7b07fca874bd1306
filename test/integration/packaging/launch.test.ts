// How a command hands over to Node 24: in place where the running Node can, by a child otherwise.
// Either way arguments, exit code and signals are those of the program that was started.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { olderNode } from './older-node.ts'
import { root } from './published-project.ts'

const launchModule = JSON.stringify(`${root}packages/sluice/bin/launch.js`)
const launcher = `
  const { findNode, handOver } = await import(${launchModule})
  const root = ${JSON.stringify(root)}
  handOver(root, findNode(root), ['-e', process.argv[1], '--', ...process.argv.slice(2)])
`

function launch(node: string, program: string, ...args: string[]): ChildProcess {
  const all = ['--input-type=module', '-e', launcher, '--', program, ...args]
  return spawn(node, all, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstOutput(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the output is piped')
  const [text] = await once(child.stdout, 'data')
  return String(text)
}

const nodes: readonly [string, string | undefined][] = [
  ['this Node', process.execPath],
  ['an older Node', olderNode()],
]

describe.each(nodes)('from %s', (_, node) => {
  test('it gets the arguments, runs on Node 24 and gives its exit code', async (context) => {
    if (node === undefined) return context.skip('there is no Node older than 24 on this machine')
    const program =
      "console.log(process.version, process.argv.slice(1).join('|')); process.exitCode = 7"
    const child = launch(node, program, '--kills', '0')
    const exit = once(child, 'exit')
    expect(await firstOutput(child)).toMatch(/^v24\.\S+ --kills\|0\n$/)
    expect(await exit).toEqual([7, null])
  })

  test('a signal reaches the program, which decides about it', async (context) => {
    if (node === undefined) return context.skip('there is no Node older than 24 on this machine')
    const program =
      "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up')"
    const child = launch(node, program)
    const exit = once(child, 'exit')
    expect(await firstOutput(child)).toBe('up\n')
    child.kill('SIGTERM')
    expect(await exit).toEqual([9, null])
  })

  test('a program that dies by a signal is seen to die by it', async (context) => {
    if (node === undefined) return context.skip('there is no Node older than 24 on this machine')
    const child = launch(node, "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)")
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
  })
})
