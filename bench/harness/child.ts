// Programs of benchmarks run in fresh processes, so that no run sees the heap or the type feedback
// of another. A program gets its order as an argument and answers in lines of JSON.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const programs = new URL('../programs/', import.meta.url)

/** A program that is running. */
export interface Program {
  readonly process: ChildProcess
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts a program of `bench/programs`; each line of its output is handed over, parsed. */
export function startProgram(
  name: string,
  order: object,
  onLine: (line: unknown) => void,
): Program {
  const path = fileURLToPath(new URL(`${name}.ts`, programs))
  const child = spawn(process.execPath, [...process.execArgv, path, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (line) => onLine(JSON.parse(line)))
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1))
  })
  return { process: child, ended }
}

/** Runs a program to its end and returns the last line that it printed. */
export async function runProgram<Result>(name: string, order: object): Promise<Result> {
  let last: unknown
  const end = await startProgram(name, order, (line) => {
    last = line
  }).ended
  if (end !== 0) throw new Error(`The program ${name} ended with ${end}.`)
  if (last === undefined) throw new Error(`The program ${name} said nothing.`)
  return last as Result
}

/** Calls with a fresh folder, which is deleted afterwards. */
export async function withFolder<Result>(
  call: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    return await call(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
