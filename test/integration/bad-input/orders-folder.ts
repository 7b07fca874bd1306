// A user's folder with orders in files, a job over them, and the command line run on it as a
// process of its own. Knows what the exact result is, so that every test can end with nothing lost
// and nothing doubled.

import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, 'packages/sluice/bin/sluice.js')
/** A run that takes longer hangs. */
const deadlineMs = 60_000

export const orderCount = 4_000
const shopCount = 7

/** A value that must never be printed; `SHOP_PASSWORD` of every run. */
export const secret = 'geheim-4711'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Runs as somebody who is not root. */
  readonly unprivileged?: boolean
  /** Called with what was printed so far, and a way to send a signal. */
  readonly watch?: (printed: string, signal: (name: NodeJS.Signals) => void) => void
}

interface NumberedOrder {
  readonly id: number
  readonly shop: string
  readonly nth: number
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-bad-input-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export class OrdersFolder {
  readonly path = temporaryFolder()

  /** `job`: which of `jobs/` is run as `orders.ts`. */
  constructor(job = 'orders.ts') {
    symlinkSync(join(root, 'node_modules'), join(this.path, 'node_modules'))
    copyFileSync(
      fileURLToPath(new URL(`jobs/${job}`, import.meta.url)),
      join(this.path, 'orders.ts'),
    )
    mkdirSync(join(this.path, 'orders'))
    this.writeOrders('a.ndjson', 1, orderCount)
  }

  writeOrders(file: string, from: number, to: number): void {
    this.write(`orders/${file}`, orderLines(from, to))
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text)
  }

  /** Four files of a thousand orders each; with `padding` so large that they are read in parts. */
  writeFourFiles(padding = 0): void {
    for (const [index, file] of ['a', 'b', 'c', 'd'].entries()) {
      const from = index * 1_000 + 1
      this.write(`orders/${file}.ndjson`, orderLines(from, from + 999, padding))
    }
  }

  /** Stops with a checkpoint once there is state and before all is read; returns its id. */
  async stopHalfway(): Promise<string> {
    const often = ['--every', '100ms', '--log-level', 'debug']
    const { code, error } = await this.sluice(['run', 'orders.ts', '-p', 'WORK_MS=0.5', ...often], {
      watch: (printed, signal) => {
        const holdsState = /^checkpoint \d+ in [^:]*: [1-9]/m.test(printed)
        if (holdsState && !printed.includes('SIGINT')) signal('SIGINT')
      },
    })
    expect(code).toBe(0)
    const stopped = /^stopped 'orders' with checkpoint (\d+): /m.exec(error)
    expect(stopped, error).not.toBeNull()
    return stopped?.[1] as string
  }

  /** Runs the orders with these parameters, without checkpoints on the way unless asked for. */
  async runOrders(parameters: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
    const given = Object.entries(parameters).flatMap(([name, value]) => ['-p', `${name}=${value}`])
    return await this.sluice(['run', 'orders.ts', ...given, ...args])
  }

  async sluice(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const command = [process.execPath, '--conditions=sluice-source', bin, ...args]
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    const [file = '', ...rest] = options.unprivileged === true ? [...asNobody, ...command] : command
    const ended = await ranToTheEnd(file, rest, this.path, options)
    expect(ended.out + ended.error).not.toContain(secret)
    return ended
  }

  /** All visible rows, by order. */
  results(out = 'out'): { id: number }[] {
    const folder = join(this.path, out)
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as { id: number })
      .sort((left, right) => left.id - right.id)
  }

  /** The next run, mended, ends well, and each order came out and was numbered exactly once. */
  async expectExactAfterMending(...args: string[]): Promise<void> {
    const ended = await this.runOrders({ WORK_MS: '0' }, ...args)
    expect(ended, ended.error).toMatchObject({ code: 0 })
    this.expectExact()
  }

  /** Of so many orders, whose results lie in these folders together. */
  expectExact(out: readonly string[] = ['out'], count = orderCount): void {
    const rows = out.flatMap((folder) => this.results(folder)) as unknown as NumberedOrder[]
    const ids = rows.map(({ id }) => id).sort((left, right) => left - right)
    expect(ids).toEqual(Array.from({ length: count }, (_, at) => at + 1))
    // Files are read side by side, so what is exact of the numbers is that each occurs once.
    const numbers = Map.groupBy(rows, ({ shop }) => shop)
    expect(numbers.size).toBe(shopCount)
    for (const [shop, ofShop] of numbers) {
      const sorted = ofShop.map(({ nth }) => nth).sort((left, right) => left - right)
      expect(sorted, shop).toEqual(Array.from(sorted, (_, at) => at + 1))
    }
  }
}

function orderLines(from: number, to: number, padding = 0): string {
  let lines = ''
  for (let id = from; id <= to; id++) {
    const order = { id, shop: `shop-${id % shopCount}`, items: [{ price: id % 100 }] }
    const password = secret + 'x'.repeat(padding)
    lines += `${JSON.stringify({ ...order, password })}\n`
  }
  return lines
}

async function ranToTheEnd(
  file: string,
  args: readonly string[],
  cwd: string,
  { environment = {}, watch }: RunOptions,
): Promise<Ended> {
  const env = { ...process.env, SHOP_PASSWORD: secret, ...environment }
  const child = spawn(file, args, { cwd, env, timeout: deadlineMs, killSignal: 'SIGKILL' })
  let out = ''
  let error = ''
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    error += data.toString()
    watch?.(error, (name) => child.kill(name))
  })
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL' && watch === undefined) {
        reject(new Error(`It hung for ${deadlineMs} ms:\n${error}`))
      } else resolve({ code, out, error })
    })
  })
}
