// Copies topics and kills the process of the job with SIGKILL at random moments until the wanted
// number of kills is reached; each time the copy is finished it is judged and a new one begins.

import { setTimeout as sleep } from 'node:timers/promises'
import type { JavaClient } from '../../../packages/kafka/test/real/java-client.ts'
import type { CommitMode } from './copy-process.ts'
import { CopyWorld, type CopyVerdict } from './copy-world.ts'

export interface KillOptions {
  readonly url: string
  readonly java: JavaClient
  readonly commit: CommitMode
  readonly kills: number
  /** Of each round. */
  readonly records: number
  readonly say: (line: string) => void
}

export interface KillReport extends CopyVerdict {
  readonly kills: number
  readonly rounds: number
  readonly records: number
  readonly checkpoints: number
  readonly open: number
}

const speed = 4

type Totals = { kills: number; checkpoints: number }

export async function killRounds(options: KillOptions): Promise<KillReport> {
  const { url, java, commit, records, say } = options
  const sums = { rounds: 0, records: 0, lost: 0, doubled: 0, disordered: 0, held: 0, open: 0 }
  const totals: Totals = { kills: 0, checkpoints: 0 }
  while (totals.kills < options.kills || sums.rounds === 0) {
    const world = await CopyWorld.make({ url, java }, commit, records)
    try {
      await runRound(world, options, totals)
      const open = await world.stillOpen()
      const verdict = await world.judge()
      sums.rounds++
      sums.records += records
      sums.open += open.length
      sums.lost += verdict.lost
      sums.doubled += verdict.doubled
      sums.disordered += verdict.disordered
      sums.held += verdict.held
      say(`round ${sums.rounds}: ${totals.kills} kills, ${JSON.stringify({ ...verdict, open })}`)
    } finally {
      await world.end()
    }
  }
  return { ...sums, ...totals }
}

/** A third of the kills strike while the run starts and recovers, the others while it works. */
async function runRound(
  world: CopyWorld,
  { kills, say }: KillOptions,
  totals: Totals,
): Promise<void> {
  for (;;) {
    const shallDie = totals.kills < kills
    const parallelism = 1 + Math.floor(Math.random() * 4)
    const copy = world.start({ parallelism, ...(shallDie ? { speed } : {}) })
    if (shallDie) {
      if (Math.random() < 0.67) await Promise.race([copy.until('running'), copy.ended])
      const delayMs = Math.round(Math.random() * 900)
      await Promise.race([sleep(delayMs), copy.ended])
      say(
        `kill at parallelism ${parallelism}, ${delayMs} ms after ${copy.lines[0]?.says ?? 'start'}`,
      )
      copy.kill()
    }
    const { how, lines, errors } = await copy.ended
    totals.checkpoints += lines.filter(({ says }) => says === 'committed').length
    if (how === 'finished' || how === 'finished-before') return
    if (how !== 'killed') throw new Error(`The copy ended with ${how}.\n${errors}`)
    totals.kills++
  }
}
