// The package that speaks Kafka, which is installed only where somebody wants it and therefore
// found when it is wanted, and what the commands take from it. A test holds it to what it exports.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '@sluice/core/internal'
import type { NamedCommittable, TlsOptions } from '@sluice/core/connector'
import { createNodePlatform } from '@sluice/runtime/internal'

const packageName = '@sluice/kafka'
const entryName = `${packageName}/tool`

type Platform = ReturnType<typeof createNodePlatform>

/** Where a cluster is, and who we are there. */
export interface Connection {
  readonly brokers: string
  readonly tls?: TlsOptions
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
        readonly username: string
        readonly password: string
      }
    | { readonly mechanism: 'oauthbearer'; readonly token: () => string }
}

/** What a log of checkpoints says to the tools. */
export interface JobCheckpoints {
  readonly job: string
  readonly logId: string
  readonly generation: number
  readonly newest:
    | {
        readonly checkpoint: number
        readonly owes: readonly NamedCommittable[]
        readonly proven: boolean
      }
    | 'none'
    | 'unreadable'
}

export type PromiseState =
  | {
      readonly kind: 'promised'
      readonly checkpoint: number
      readonly proven: boolean
      readonly committable: { readonly records: number }
    }
  | { readonly kind: 'orphan' | 'may-be-promised' | 'unknown' }

export type Origin =
  | {
      readonly kind: 'slot'
      readonly job: string
      readonly logId: string
      readonly generation: number
      readonly sink: string
      readonly subtask: number
      readonly slot: number
    }
  | {
      readonly kind: 'staged'
      readonly job: string
      readonly logId: string
      readonly sink: string
      readonly subtask: number
    }

export interface SilentBroker {
  readonly nodeId: number
  readonly address: string
  readonly error: SluiceError
}

interface Described {
  readonly transactionalId: string
  readonly state: string
  readonly producerId: number
  readonly epoch: number
  readonly timeoutMs: number
  readonly beganAtMs: number | undefined
}

export interface OpenTransaction extends Described {
  readonly origin: Origin | undefined
  readonly ageMs: number | undefined
  readonly leftMs: number | undefined
  readonly promise: PromiseState
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly lastStableOffset: number | undefined
    readonly highWatermark: number | undefined
    readonly heldOffsets: number | undefined
    readonly isFirst: boolean | undefined
  }[]
}

export interface TransactionListing {
  readonly transactions: readonly OpenTransaction[]
  readonly silent: readonly SilentBroker[]
}

export interface HoldingTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly transactionalId: string | undefined
  readonly origin: Origin | undefined
  readonly state: string | undefined
  readonly ageMs: number | undefined
  readonly leftMs: number | undefined
  readonly promise: PromiseState
  readonly isHanging: boolean
}

export interface HoldReport {
  readonly topic: string
  readonly held: readonly {
    readonly topic: string
    readonly partition: number
    readonly lastStableOffset: number
    readonly highWatermark: number
    readonly heldOffsets: number
    readonly transactions: readonly HoldingTransaction[] | undefined
  }[]
  readonly partitions: number
  readonly silent: readonly SilentBroker[]
}

export type EndVerdict =
  | { readonly kind: 'allowed' | 'nothing-to-do'; readonly because: string }
  | { readonly kind: 'needs-force'; readonly because: string; readonly words: string }
  | { readonly kind: 'refused'; readonly because: string; readonly instead: string }

export interface EndPlan {
  readonly transactionalId: string
  readonly operation: 'commit' | 'abort'
  readonly described:
    | (Described & {
        readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
      })
    | undefined
  readonly origin: Origin | undefined
  readonly promise: PromiseState
  readonly ledger: string | undefined
  readonly verdict: EndVerdict
}

export interface EndResult {
  readonly outcome: 'committed' | 'aborted'
  readonly by: 'answer' | 'state' | 'ledger'
}

export interface Finding {
  readonly about: string
  readonly level: 'right' | 'risk' | 'wrong' | 'unknown'
  readonly message: string
  readonly hint?: string
}

export interface Examination {
  readonly clusterId: string | null
  readonly brokers: readonly { readonly nodeId: number; readonly address: string }[]
  readonly findings: readonly Finding[]
}

/** A plan goes back to the tools as they made it. */
export interface KafkaTools<Plan extends EndPlan = EndPlan> {
  listTransactions(options: {
    readonly all?: boolean
    readonly job?: string
    readonly checkpoints?: readonly JobCheckpoints[]
  }): Promise<TransactionListing>
  explainHold(target: string, checkpoints: readonly JobCheckpoints[]): Promise<HoldReport>
  planEnd(
    transactionalId: string,
    operation: 'commit' | 'abort',
    checkpoints: readonly JobCheckpoints[],
  ): Promise<Plan>
  carryOut(plan: Plan, words?: string): Promise<EndResult>
  examine(wanted: {
    readonly job: string
    readonly transactionTimeoutMs: number
    readonly topics: readonly string[]
  }): Promise<Examination>
  close(): void
}

/** What the package exports for the command line. */
export interface KafkaPackage {
  openKafkaTools(platform: Platform, connection: Connection, deadlineMs: number): KafkaTools
}

/** Opens the tools over a cluster. Throws KAFKA_TOOLS_MISSING. */
export async function openTools(connection: Connection, deadlineMs: number): Promise<KafkaTools> {
  const { openKafkaTools } = await importKafka()
  return openKafkaTools(createNodePlatform({ logLevel: 'silent' }), connection, deadlineMs)
}

/** Beside this package, or where the command is run. */
async function importKafka(): Promise<KafkaPackage> {
  try {
    return (await import(entryName)) as KafkaPackage
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ERR_MODULE_NOT_FOUND' || !String(error).includes(packageName)) throw error
  }
  let file: string
  try {
    file = createRequire(join(process.cwd(), 'package.json')).resolve(entryName)
  } catch (error) {
    throw new SluiceError('KAFKA_TOOLS_MISSING', `The package ${packageName} is not installed.`, {
      hint:
        `Run \`npm install ${packageName}\`, or start the command in the folder of your ` +
        'project.',
      cause: error,
    })
  }
  return (await import(pathToFileURL(file).href)) as KafkaPackage
}
