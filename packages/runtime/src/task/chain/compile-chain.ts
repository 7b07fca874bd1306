// Compiles a chain to one function per chain and task, generated as source text, so that V8 sees
// monomorphic call sites: fifty million records a second through six steps, where a chain of
// closures falls to ten. Each text carries a unique name, since V8 shares feedback between equal
// texts.

import { keyGroupOf } from '@sluice/core/internal'
import type { OperatorSlot } from '../operator-slot.ts'
import {
  type ChainEnvironment,
  type ChainFunctions,
  type ChainRun,
  EARLIEST_TIME_MS,
  LATEST_TIME_MS,
  type NodeEmit,
} from './chain-functions.ts'
import { type ChainNode, hasSecondInput, isEmitter, type NodeOutput } from './chain-nodes.ts'

interface Compiled {
  readonly run: ChainRun
  readonly runSecond: ChainRun | undefined
  readonly emits: (NodeEmit | undefined)[]
  readonly highestTime: () => number
  readonly resetHighestTime: () => void
}

/** Throws EvalError where generating code is disallowed. */
export function compileChain(environment: ChainEnvironment): ChainFunctions {
  const writer = new ChainWriter(environment)
  const text = writer.text()
  const factory = new Function(...writer.names, text)
  return factory(...writer.constants) as Compiled
}

class ChainWriter {
  readonly names: string[] = []
  readonly constants: unknown[] = []
  readonly #environment: ChainEnvironment
  #variables = 0

  constructor(environment: ChainEnvironment) {
    this.#environment = environment
  }

  text(): string {
    const { nodes, sourceName } = this.#environment
    this.#constant('pressure', this.#environment.pressure)
    this.#constant('fault', (error: unknown, index: number, record: unknown) =>
      this.#environment.fault(error, index, record),
    )
    const head = nodes[0] as ChainNode
    const emits = nodes.map((node) => (isEmitter(node) ? this.#emitFunction(node) : 'undefined'))
    return [
      `'use strict'`,
      `let highest = -Infinity`,
      this.#runFunction('run', this.#node(head, 'v0')),
      hasSecondInput(head) ? this.#runFunction('runSecond', this.#second(head, 'v0')) : '',
      `return {`,
      `run,`,
      `runSecond: ${hasSecondInput(head) ? 'runSecond' : 'undefined'},`,
      `emits: [${emits.join(',\n')}],`,
      `highestTime: () => highest,`,
      `resetHighestTime: () => { highest = -Infinity },`,
      `}`,
      `//# sourceURL=${sourceName}`,
    ].join('\n')
  }

  /** `body` processes the record `v0`. */
  #runFunction(name: string, body: string): string {
    return [
      `function ${name}(values, timestamps, from, length) {`,
      `let at = from, step = 0, high = highest`,
      `try {`,
      `do {`,
      `const v0 = values[at]`,
      `let t = timestamps[at]`,
      `at++`,
      body,
      `} while (at < length && !pressure.full)`,
      `} catch (error) { throw fault(error, step, values[at - 1]) }`,
      `highest = high`,
      `return at`,
      `}`,
    ].join('\n')
  }

  #emitFunction(node: ChainNode): string {
    const outputs = node.outputs.map((output, index) =>
      [`if (output === ${index}) {`, this.#output(output, 'value'), `return`, `}`].join('\n'),
    )
    return [
      `function (value, t, output) {`,
      `let step = ${node.index}`,
      `try {`,
      `${this.#freeze('value')}`,
      ...outputs,
      `} catch (error) { throw fault(error, step, value) }`,
      `}`,
    ].join('\n')
  }

  /** Statements that process `value` (a variable name) in a node. */
  #node(node: ChainNode, value: string): string {
    const { code, index } = node
    const call = (name: string, target: unknown) => this.#constant(`${name}${index}_`, target)
    const main = (variable: string) => this.#output(node.outputs[0] as NodeOutput, variable)
    const mark = `step = ${index}`
    switch (code.kind) {
      case 'source':
        return [
          this.#eventTime(node, value),
          this.#output(node.outputs[0] as NodeOutput, this.#freeze(value)),
        ].join('\n')
      case 'map': {
        const result = this.#variable()
        return [
          mark,
          `const ${result} = ${this.#freeze(`${call('map', code.map)}(${value})`)}`,
          main(result),
        ].join('\n')
      }
      case 'filter':
        return [mark, `if (${call('keep', code.keep)}(${value})) {`, main(value), `}`].join('\n')
      case 'flat-map': {
        const each = this.#variable()
        const inner = this.#variable()
        return [
          mark,
          `for (const ${each} of ${call('expand', code.expand)}(${value})) {`,
          `const ${inner} = ${this.#freeze(each)}`,
          main(inner),
          mark,
          `}`,
        ].join('\n')
      }
      case 'split':
        return [mark, ...this.#branches(node, value, code.branches)].join('\n')
      case 'operator':
        return [mark, this.#operator(node, value)].join('\n')
      case 'sink':
        return [mark, `${call('sink', node.sink)}.add(${value}, t)`].join('\n')
      default:
        // Virtual steps are folded into exchanges by the planner.
        throw new RangeError(`A chain cannot hold a step of kind ${code.kind}.`)
    }
  }

  #operator(node: ChainNode, value: string): string {
    const slot = slotOf(node)
    const operator = this.#constant(`operator${node.index}_`, slot.operator)
    const key = slot.key && this.#setKey(node, 'key', slot.key, value)
    return [...(key ?? []), `${operator}.onRecord(${value}, t)`].join('\n')
  }

  /** Statements that process a record of the second input in the head. */
  #second(head: ChainNode, value: string): string {
    const slot = slotOf(head)
    const operator = this.#constant(`operator${head.index}_`, slot.operator)
    const key = slot.secondKey && this.#setKey(head, 'secondKey', slot.secondKey, value)
    const call = `${operator}.onSecondRecord(${value}, t)`
    return [`step = ${head.index}`, ...(key ?? []), call].join('\n')
  }

  #setKey(node: ChainNode, name: string, key: unknown, value: string): string[] {
    const host = this.#constant(`host${node.index}_`, slotOf(node).host)
    return [`${host}.setKey(${this.#constant(`${name}${node.index}_`, key)}(${value}))`]
  }

  #branches(node: ChainNode, value: string, branches: readonly unknown[]): string[] {
    return branches.map((branch, output) => {
      const test = this.#constant(`branch${node.index}_${output}_`, branch)
      const body = this.#output(node.outputs[output] as NodeOutput, value)
      return `${output === 0 ? '' : 'else '}if (${test}(${value})) {\n${body}\n}`
    })
  }

  /** Hands a record to everything that hangs on an output. */
  #output(output: NodeOutput, value: string): string {
    const parts: string[] = []
    for (const exit of output.exits) {
      if (this.#environment.checkExit !== undefined) {
        parts.push(`${this.#constant('checkExit', this.#environment.checkExit)}(${value})`)
      }
      if (exit.kind === 'hash' && exit.key !== undefined) {
        const channels = this.#constant(`groups${exit.exchange}_`, exit.channelOfGroup)
        const key = this.#constant(`exitKey${exit.exchange}_`, exit.key)
        const group = this.#constant('keyGroupOf', keyGroupOf)
        parts.push(
          `${channels}[${group}(${key}(${value}), ${exit.maxParallelism})].add(${value}, t)`,
        )
      } else if (exit.kind === 'forward') {
        parts.push(`${this.#constant(`exit${exit.exchange}_`, exit.channels[0])}.add(${value}, t)`)
      } else {
        parts.push(`${this.#constant(`exit${exit.exchange}_`, exit)}.add(${value}, t)`)
      }
    }
    for (const child of output.children) parts.push(`{`, this.#node(child, value), `}`)
    return parts.join('\n')
  }

  #eventTime(node: ChainNode, value: string): string {
    const { code, step, index } = node
    if (code.kind !== 'source' || step.source?.watermarks === undefined) return ''
    const { eventTime, watermark } = code
    const lines = [`step = ${index}`]
    if (eventTime !== undefined) {
      lines.push(`t = ${this.#constant('eventTime', eventTime)}(${value})`)
    }
    lines.push(this.#refuseBadTime('t', 'event time'))
    if (watermark === undefined) return [...lines, `if (t > high) high = t`].join('\n')
    const said = `w${index}`
    return [
      ...lines,
      `const ${said} = ${this.#constant('watermark', watermark)}(${value}, t)`,
      `if (${said} !== undefined) {`,
      this.#refuseBadTime(said, 'watermark'),
      `if (${said} > high) high = ${said}`,
      `}`,
    ].join('\n')
  }

  /** A text of digits would pass the comparison, and then be compared as a text. */
  #refuseBadTime(time: string, of: 'event time' | 'watermark'): string {
    const bad = this.#constant('badTime', (what: typeof of, wrong: unknown) =>
      this.#environment.badTime(what, wrong),
    )
    const isTime = `${time} >= ${EARLIEST_TIME_MS} && ${time} <= ${LATEST_TIME_MS}`
    return `if (typeof ${time} !== 'number' || !(${isTime})) throw ${bad}('${of}', ${time})`
  }

  #freeze(expression: string): string {
    const { freeze } = this.#environment
    return freeze === undefined ? expression : `${this.#constant('freeze', freeze)}(${expression})`
  }

  #variable(): string {
    this.#variables++
    return `v${this.#variables}`
  }

  /** A name in the scope of the text that stands for a value of ours. */
  #constant(name: string, value: unknown): string {
    const known = this.names.indexOf(name)
    if (known >= 0) return name
    this.names.push(name)
    this.constants.push(value)
    return name
  }
}

function slotOf(node: ChainNode): OperatorSlot {
  if (node.slot === undefined) throw new RangeError(`Operator ${node.step.id} has no instance.`)
  return node.slot
}
