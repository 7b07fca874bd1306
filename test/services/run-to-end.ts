// A program of a service that is run to its end: a formatter, a tool, a download.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface RunOptions {
  readonly folder: string
  readonly input?: string
  readonly limitMs?: number
}

/** What it wrote to its standard output; an error with all that it said where it failed. */
export function runToEnd(
  [file, ...args]: readonly [string, ...string[]],
  { folder, input = '', limitMs = 120_000 }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: folder, timeout: limitMs, killSignal: 'SIGKILL' })
    let output = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      said += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    // A program that ends without reading its input breaks the pipe; how it ended says the rest.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${file} ${args.join(' ')} ended with ${code ?? signal}:\n${said}`))
    })
  })
}

/** Whether a program can be started by its name. */
export function isInPath(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)))
}
