// Where records leave a chain: an exchange of one kind over its channels.

import { type Key, keyGroupOf, subtaskOf } from '@sluice/core/internal'
import type { OutputChannel } from '../../network/output-channel.ts'
import type { ExchangeKind } from '../../plan/physical-plan.ts'

export interface Exit {
  readonly kind: ExchangeKind
  readonly exchange: number
  readonly channels: readonly OutputChannel[]
  /** Hash: the channel of each key group. */
  readonly channelOfGroup: readonly OutputChannel[]
  readonly key: ((value: unknown) => Key) | undefined
  readonly maxParallelism: number
  add(value: unknown, timestamp: number): void
}

export interface ExitOptions {
  readonly kind: ExchangeKind
  readonly exchange: number
  readonly subtask: number
  readonly channels: readonly OutputChannel[]
  readonly key?: ((value: unknown) => Key) | undefined
  readonly maxParallelism: number
}

/** Generated code inlines the hash exit; `add` of the others is called as it is. */
export function createExit(options: ExitOptions): Exit {
  const { kind, exchange, channels, key, maxParallelism } = options
  const channelOfGroup: OutputChannel[] = []
  if (kind === 'hash') {
    for (let group = 0; group < maxParallelism; group++) {
      const to = subtaskOf(group, channels.length, maxParallelism)
      channelOfGroup.push(channels[to] as OutputChannel)
    }
  }
  const facts = { kind, exchange, channels, channelOfGroup, key, maxParallelism }
  return { ...facts, add: adderOf(facts, options.subtask) }
}

type ExitFacts = Omit<Exit, 'add'>

function adderOf(exit: ExitFacts, subtask: number): Exit['add'] {
  const { channels, channelOfGroup, key, maxParallelism } = exit
  if (exit.kind === 'hash' && key !== undefined) {
    return (value, timestamp) => {
      channelOfGroup[keyGroupOf(key(value), maxParallelism)]?.add(value, timestamp)
    }
  }
  if (exit.kind === 'broadcast') {
    return (value, timestamp) => {
      for (const channel of channels) channel.add(value, timestamp)
    }
  }
  if (channels.length === 1) {
    const only = channels[0] as OutputChannel
    return (value, timestamp) => only.add(value, timestamp)
  }
  // Each subtask begins with another receiver, so that few records do not all meet at the first.
  let next = subtask % channels.length
  return (value, timestamp) => {
    const channel = channels[next] as OutputChannel
    next = next + 1 === channels.length ? 0 : next + 1
    channel.add(value, timestamp)
  }
}
