// `npm run bench`: measures all figures, or those that are named, one after the other.
//
//   npm run bench                             all; keeps the results in bench/results
//   npm run bench -- latency keyed-count-1k   figures by name, or by the beginning of their names
//   npm run bench -- nexmark                  the queries of Nexmark, only by name
//   npm run bench -- codec                    a micro-benchmark of bench/micro, only by name
//   npm run bench -- --json                   one line of JSON per figure
//   npm run bench -- --tiny                   shows that it runs; the figures mean nothing

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks.ts'
import { fullScale, tinyScale } from './harness/benchmark.ts'
import { type FigureLine, figureLine } from './harness/figure.ts'
import { commit, machine } from './harness/machine.ts'
import { keepResults } from './harness/results.ts'
import { terminalTable } from './harness/table.ts'

const microFolder = new URL('micro/', import.meta.url)

interface Order {
  readonly names: readonly string[]
  readonly micro: readonly string[]
  readonly json: boolean
  readonly tiny: boolean
}

async function main(): Promise<number> {
  const order = parseOrder()
  const all = benchmarks
    .filter(({ onlyByName }) => onlyByName !== true)
    .flatMap(({ figures }) => figures)
  const none = order.names.length + order.micro.length === 0
  const wanted = new Set(none ? all : order.names)
  const lines: FigureLine[] = []
  for (const benchmark of benchmarks) {
    if (!benchmark.figures.some((name) => wanted.has(name))) continue
    const scale = order.tiny ? tinyScale : fullScale
    for await (const figure of benchmark.run(wanted, scale, tell)) {
      if (!wanted.has(figure.name)) continue
      const line = figureLine(figure)
      lines.push(line)
      if (order.json) console.log(JSON.stringify(line))
    }
  }
  if (!order.json && lines.length > 0) print(lines)
  if (none && !order.tiny) await keepResults(lines)
  const codes = order.micro.map((name) => runMicro(name, order.json))
  const missed = !order.tiny && lines.some(({ met }) => met === false)
  return missed || codes.some((code) => code !== 0) ? 1 : 0
}

function parseOrder(): Order {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean' }, tiny: { type: 'boolean' } },
    allowPositionals: true,
  })
  const known = benchmarks.flatMap(({ figures }) => figures)
  const micro = readdirSync(microFolder).map((file) => file.replace(/\.ts$/, ''))
  const named = (name: string) => {
    return known.includes(name) ? [name] : known.filter((each) => each.startsWith(`${name}-`))
  }
  for (const name of positionals) {
    if (named(name).length > 0 || micro.includes(name)) continue
    console.error(`There is no benchmark ${name}; there are ${[...known, ...micro].join(', ')}.`)
    process.exit(2)
  }
  return {
    names: positionals.flatMap(named),
    micro: positionals.filter((name) => micro.includes(name)),
    json: values.json ?? false,
    tiny: values.tiny ?? false,
  }
}

function print(lines: readonly FigureLine[]): void {
  const { cores, processor, memoryGib, node } = machine()
  console.log(`${cores} × ${processor}, ${memoryGib} GiB, Node ${node}, commit ${commit()}\n`)
  console.log(terminalTable(lines))
}

function runMicro(name: string, json: boolean): number {
  const path = fileURLToPath(new URL(`${name}.ts`, microFolder))
  const args = [...process.execArgv, path, ...(json ? ['--json'] : [])]
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
}

function tell(line: string): void {
  console.error(line)
}

process.exitCode = await main()
