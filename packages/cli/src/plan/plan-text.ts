// A physical plan as text: each chain with its steps, and below it where its records go.

import type { Step, WatermarkFacts } from '@sluice/core/internal'
import type { ExchangePlan, PhysicalPlan } from '@sluice/runtime/internal'
import type { ExplainedSetting } from '../settings/explained-settings.ts'
import { harmless, type Paint } from '../text/paint.ts'
import { counted, duration } from '../text/quantity.ts'
import { tableLines } from '../text/table.ts'
import { fitted, padded, widthOf } from '../text/width.ts'

/** The lines of a plan; none is wider than the window. */
export function planLines(plan: PhysicalPlan, paint: Paint, columns: number): string[] {
  const subtasks = plan.chains.reduce((sum, chain) => sum + chain.parallelism, 0)
  const workers = Math.max(...plan.chains.map((chain) => chain.parallelism))
  const lines = [
    `${paint.bold(plan.job)}: ${counted(plan.chains.length, 'chain')}, ` +
      `${counted(subtasks, 'subtask')} in ${counted(workers, 'worker')}, ` +
      `${counted(plan.maxParallelism, 'key group')}`,
  ]
  const nameWidth = Math.max(
    ...plan.chains.flatMap((chain) => chain.steps.map((step) => widthOf(step.id))),
  )
  for (const chain of plan.chains) {
    lines.push('', `${paint.cyan(`chain ${chain.id}`)} ×${chain.parallelism}`)
    for (const step of chain.steps) {
      const what = paint.dim(stepText(step))
      lines.push(`  ${padded(step.id, nameWidth)}  ${what}`)
    }
    for (const exchange of plan.exchanges.filter(({ fromChain }) => fromChain === chain.id)) {
      lines.push(`  ${paint.yellow('└─')} ${exchangeText(exchange, plan)}`)
    }
  }
  return lines.map((line) => (Number.isFinite(columns) ? fitted(line, columns) : line))
}

/** `window (tumbling, 1 min)`: what a step is and does. */
export function stepText(step: Step): string {
  const { source, operator, sink } = step
  const renamed = step.renamedFrom === undefined ? [] : [`renamed from ${step.renamedFrom}`]
  if (source !== undefined) {
    const time = source.watermarks
    const facts = [
      source.bounded ? 'bounded' : 'unbounded',
      ...(source.ordered === 'time' ? ['in order of time'] : []),
      ...(time === undefined ? [] : timeTexts(time)),
      ...descriptionTexts(source.description),
      ...renamed,
    ]
    return `source ${source.connector} (${facts.join(', ')})`
  }
  if (sink !== undefined) {
    const facts = [guaranteeText(sink.guarantee), ...descriptionTexts(sink.description), ...renamed]
    return `sink ${sink.connector} (${facts.join(', ')})`
  }
  if (operator !== undefined) {
    const state = operator.state.map(({ name, kind }) => `${name}: ${kind}`)
    const facts = [
      ...descriptionTexts(operator.description, operator.type),
      ...(state.length === 0 ? [] : [`state ${state.join(', ')}`]),
      ...renamed,
    ]
    return facts.length === 0 ? operator.type : `${operator.type} (${facts.join(', ')})`
  }
  return step.kind
}

function timeTexts({ maxOutOfOrdernessMs, alignment }: WatermarkFacts): string[] {
  const disorder =
    maxOutOfOrdernessMs === undefined
      ? 'watermarks by function'
      : `${duration(maxOutOfOrdernessMs)} out of order`
  if (alignment === undefined) return [`event time, ${disorder}`]
  const group = alignment.group === undefined ? '' : ` in ${alignment.group}`
  return [`event time, ${disorder}, at most ${duration(alignment.maxDriftMs)} ahead${group}`]
}

function guaranteeText(guarantee: 'exactly-once' | 'at-least-once' | 'none'): string {
  return guarantee === 'none' ? 'no guarantee' : guarantee
}

function descriptionTexts(description: Readonly<Record<string, unknown>>, type?: string): string[] {
  return Object.entries(description)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const label = name === type ? '' : `${spaced(name)} `
      return harmless(label + valueText(name, value))
    })
}

/** `allowedLatenessMs` is `allowed lateness`. */
function spaced(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('Ms')) return duration(value)
  if (Array.isArray(value)) return value.map((item) => valueText('', item)).join(', ')
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return String(value)
}

/** `hash by 'x' → chain 1`, with the output where it is not the main one. */
function exchangeText(exchange: ExchangePlan, plan: PhysicalPlan): string {
  const head = plan.chains[exchange.toChain]?.steps[0]?.id ?? ''
  const input = exchange.toInput === 0 ? '' : ', second input'
  return `${exchangeKind(exchange, plan)} → chain ${exchange.toChain} (${head}${input})`
}

/** `hash by orders/key-by1`, `rebalance`, `forward of late`. */
export function exchangeKind(exchange: ExchangePlan, plan: PhysicalPlan): string {
  const from = plan.chains[exchange.fromChain]?.steps.find(({ id }) => id === exchange.fromStep)
  const output = from?.outputs[exchange.fromOutput]
  const side = exchange.fromOutput === 0 || output === undefined ? '' : ` of ${output}`
  return exchange.kind === 'hash' ? `hash by key${side}` : `${exchange.kind}${side}`
}

/** The table of settings. */
export function settingLines(
  settings: readonly ExplainedSetting[],
  paint: Paint,
  columns: number,
): string[] {
  const rows = settings.map(({ name, text, origin, by }) => [
    name,
    text,
    origin === 'default' ? paint.dim(by) : paint.green(by),
  ])
  return tableLines(
    [{ title: 'setting' }, { title: 'value', least: 12 }, { title: 'from' }],
    rows,
    columns,
  )
}
