// The same chain as nested closures, for places where generating code is disallowed. Slower, with
// the same meaning: the tests run every case through both.

import type { SourceCode } from '@sluice/core/internal'
import {
  type ChainEnvironment,
  type ChainFunctions,
  type ChainRun,
  EARLIEST_TIME_MS,
  LATEST_TIME_MS,
} from './chain-functions.ts'
import { type ChainNode, hasSecondInput, isEmitter, type NodeOutput } from './chain-nodes.ts'

type Process = (value: unknown, timestamp: number) => void

export function compileClosures(environment: ChainEnvironment): ChainFunctions {
  return new ClosureCompiler(environment).compile()
}

class ClosureCompiler {
  readonly #environment: ChainEnvironment
  /** The node whose user code runs now, for faults. */
  #step = 0
  #highest = Number.NEGATIVE_INFINITY

  constructor(environment: ChainEnvironment) {
    this.#environment = environment
  }

  compile(): ChainFunctions {
    const { nodes } = this.#environment
    const head = nodes[0] as ChainNode
    const emits = nodes.map((node) => {
      if (!isEmitter(node)) return undefined
      const outputs = node.outputs.map((output) => this.#output(output))
      return (value: unknown, timestamp: number, output: number) => {
        const outer = this.#step
        this.#step = node.index
        this.#guard(value, () => outputs[output]?.(this.#freeze(value), timestamp))
        this.#step = outer
      }
    })
    return {
      emits,
      highestTime: () => this.#highest,
      resetHighestTime: () => {
        this.#highest = Number.NEGATIVE_INFINITY
      },
      run: this.#run(this.#node(head)),
      runSecond: hasSecondInput(head) ? this.#run(this.#second(head)) : undefined,
    }
  }

  #run(process: Process): ChainRun {
    const { pressure } = this.#environment
    return (values, timestamps, from, length) => {
      let at = from
      do {
        const value = values[at]
        const timestamp = timestamps[at] as number
        at++
        this.#guard(value, () => process(value, timestamp))
      } while (at < length && !pressure.full)
      return at
    }
  }

  #guard(record: unknown, call: () => void): void {
    try {
      call()
    } catch (error) {
      throw this.#environment.fault(error, this.#step, record)
    }
  }

  #node(node: ChainNode): Process {
    const { code, index } = node
    const outputs = node.outputs.map((output) => this.#output(output))
    const main = outputs[0] ?? (() => {})
    switch (code.kind) {
      case 'source':
        return this.#source(node, code, main)
      case 'map':
        return this.#at(index, (value, time) => main(this.#freeze(code.map(value)), time))
      case 'filter':
        return this.#at(index, (value, time) => {
          if (code.keep(value)) main(value, time)
        })
      case 'flat-map':
        return this.#at(index, (value, time) => {
          for (const each of code.expand(value)) {
            main(this.#freeze(each), time)
            this.#step = index
          }
        })
      case 'split':
        return this.#at(index, (value, time) => {
          const output = code.branches.findIndex((branch) => branch(value))
          outputs[output]?.(value, time)
        })
      case 'operator':
        return this.#at(index, this.#operator(node))
      case 'sink':
        return this.#at(index, (value, time) => node.sink?.add(value, time))
      default:
        throw new RangeError(`A chain cannot hold a step of kind ${code.kind}.`)
    }
  }

  #source({ step }: ChainNode, { eventTime, watermark }: SourceCode, main: Process): Process {
    if (step.source?.watermarks === undefined) {
      return (value, time) => {
        this.#step = 0
        main(this.#freeze(value), time)
      }
    }
    return (value, sourceTime) => {
      this.#step = 0
      const time = eventTime === undefined ? sourceTime : eventTime(value)
      this.#refuseBadTime('event time', time)
      const said = watermark === undefined ? time : watermark(value, time)
      if (said !== undefined) {
        this.#refuseBadTime('watermark', said)
        if (said > this.#highest) this.#highest = said
      }
      main(this.#freeze(value), time)
    }
  }

  #refuseBadTime(of: 'event time' | 'watermark', time: unknown): void {
    if (typeof time === 'number' && time >= EARLIEST_TIME_MS && time <= LATEST_TIME_MS) return
    throw this.#environment.badTime(of, time)
  }

  #operator(node: ChainNode): Process {
    const slot = node.slot
    if (slot === undefined) throw new RangeError(`Operator ${node.step.id} has no instance.`)
    const { operator, host, key } = slot
    if (key === undefined) return (value, time) => operator.onRecord(value, time)
    return (value, time) => {
      host.setKey(key(value))
      operator.onRecord(value, time)
    }
  }

  #second({ slot, step, index }: ChainNode): Process {
    if (slot === undefined) throw new RangeError(`Operator ${step.id} has no instance.`)
    const { operator, host, secondKey } = slot
    return this.#at(index, (value, time) => {
      if (secondKey !== undefined) host.setKey(secondKey(value))
      operator.onSecondRecord?.(value, time)
    })
  }

  #output(output: NodeOutput): Process {
    const { checkExit } = this.#environment
    const targets: Process[] = output.exits.map((exit) => (value, time) => {
      checkExit?.(value)
      exit.add(value, time)
    })
    for (const child of output.children) targets.push(this.#node(child))
    const [only] = targets
    if (only === undefined) return () => {}
    if (targets.length === 1) return only
    return (value, time) => {
      for (const target of targets) target(value, time)
    }
  }

  #at(index: number, process: Process): Process {
    return (value, time) => {
      this.#step = index
      process(value, time)
    }
  }

  #freeze(value: unknown): unknown {
    const { freeze } = this.#environment
    return freeze === undefined ? value : freeze(value)
  }
}
