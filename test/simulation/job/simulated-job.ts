// Builds a job from its shape, and evaluates it naively: the same records through plain code.

import {
  type Duration,
  defineJob,
  type EventTimeOptions,
  generatorSource,
  json,
  memorySource,
  type Stream,
} from '@sluice/core'
import type { Job, JobDefinition } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import { fileSink, fileSource, ndjson } from '@sluice/files'
import type { SeededRandom, SimulatedDisk } from '@sluice/testing/simulator'
import { drawItems } from './draw-items.ts'
import type { Item } from './item.ts'
import { pacedSource } from './paced-source.ts'
import type { Probe } from './probe.ts'
import { type InputShape, type JobShape, keepsOrder, rescales } from './shape.ts'
import { addStage, evaluateStage } from './stages.ts'
import type { Row, TailBuild } from './tails/tail.ts'
import { tailOf } from './tails/tail-of.ts'
import { isLeft } from './tails/two-streams/sides.ts'
import { unreliableSink } from './unreliable-sink.ts'

export const jobName = 'simulated'
export const checkpointFolder = '/checkpoints'
export const outputFolder = '/out'
const inputFolder = '/in'

export interface SimulatedJob {
  readonly definition: JobDefinition
  readonly records: number
  /**
   * What is wrong with the committed rows, by sink and in order; a job that was drained has not
   * read all records.
   */
  judge(rows: (sink: string) => readonly Row[], isRead?: (item: Item) => boolean): string[]
}

/** Draws the records, puts those that are read from files on the disk, and defines the job. */
export function createSimulatedJob(
  shape: JobShape,
  random: SeededRandom,
  disk: SimulatedDisk,
  probe: Probe,
): SimulatedJob {
  const lanes = shape.inputs.map((input, index) =>
    drawItems(random.fork(input.name), shape, input, index),
  )
  shape.inputs.forEach((input, index) => {
    if (input.kind === 'files') writeInput(disk, input, lanes[index] as Item[][])
  })
  const inOrder = keepsOrder(shape)
  const tail = tailOf(shape.tail)
  return {
    definition: defineJob({
      name: jobName,
      checkpoint: checkpointOptions(shape),
      restart: { strategy: 'exponential', initialDelay: '20ms', maxDelay: '800ms' },
      maxParallelism: 16,
      graph: (job: Job) => {
        const streams = shape.inputs.map((input, index) => {
          const stream = addInput(job, shape, input, lanes[index] as Item[][], probe)
          return input.parallelism === undefined ? stream : stream.parallelism(input.parallelism)
        })
        const { whole, sides } = streamsOf(shape, streams, probe)
        tail.build({
          get stream() {
            return whole()
          },
          sides,
          probe,
          sameParallelism: !rescales(shape),
          to: (name, rows) => {
            rows.to(name, unreliableSink(outputSink(name, shape), probe))
          },
        })
      },
    }),
    records: lanes.flat(2).length,
    judge: (rows, isRead = () => true) =>
      tail.judge({
        items: lanes.flat(1).flatMap((lane) => evaluate(lane.filter(isRead), shape)),
        rows,
        // Between buckets, and behind an exchange before the sink, there is no order.
        rowsInOrder: inOrder && shape.sink.buckets === 1 && shape.tail.parallelism === undefined,
        keysInOrder: inOrder && shape.keysByLane,
        rescales: rescales(shape),
      }),
  }
}

/** What the tail reads: one stream, or two that come from different inputs or from one stream. */
function streamsOf(
  shape: JobShape,
  inputs: readonly Stream<Item>[],
  probe: Probe,
): Pick<TailBuild, 'sides'> & { whole(): Stream<Item> } {
  const staged = ([first, ...others]: readonly Stream<Item>[], side?: string) =>
    shape.stages.reduce(
      (before, stage, index) => addStage(before, stage, index, probe, side),
      others.length === 0 ? (first as Stream<Item>) : (first as Stream<Item>).union(...others),
    )
  return {
    whole: () => staged(inputs),
    sides() {
      if (shape.tail.sides === 'inputs') {
        return [staged(inputs.slice(0, 1), 'left-'), staged(inputs.slice(1), 'right-')]
      }
      const all = staged(inputs)
      const belongsLeft = isLeft('records')
      return [all.filter(belongsLeft), all.filter((item) => !belongsLeft(item))]
    },
  }
}

function checkpointOptions({ checkpoint }: JobShape) {
  return {
    every: ms(checkpoint.everyMs),
    minPause: ms(checkpoint.minPauseMs),
    timeout: ms(checkpoint.timeoutMs),
    maxConcurrent: checkpoint.maxConcurrent,
    keep: checkpoint.keep,
    tolerableFailures: checkpoint.tolerableFailures,
    storage: checkpointFolder,
  }
}

function evaluate(lane: readonly Item[], shape: JobShape): readonly Item[] {
  return shape.stages.reduce<readonly Item[]>(
    (items, stage, index) => evaluateStage(items, stage, index),
    lane,
  )
}

function addInput(
  job: Job,
  shape: JobShape,
  input: InputShape,
  lanes: readonly (readonly Item[])[],
  probe: Probe,
): Stream<Item> {
  const records = lanes.flat().length
  const readers = Math.min(lanes.length, Math.max(...shape.parallelisms))
  const pace = {
    batchRecords: input.batchRecords,
    msPerRecord: (input.durationMs * readers) / records,
  }
  const time = shape.hasEventTime ? timeOf(input) : {}
  switch (input.kind) {
    case 'memory':
      return job.from(input.name, pacedSource(memorySource(lanes.flat()), pace, probe), time)
    case 'generator': {
      const generator = generatorSource({
        count: records,
        splits: lanes.length,
        generate: (index) =>
          lanes[index % lanes.length]?.[Math.floor(index / lanes.length)] as Item,
      })
      return job.from(input.name, pacedSource(generator, pace, probe), time)
    }
    case 'files': {
      const files = fileSource({
        path: folderOf(input),
        format: ndjson<Item>(),
        ordered: input.orderedByTime ? 'time' : 'none',
        ...(input.cutBytes === undefined ? {} : { splitBytes: `${input.cutBytes}B` }),
      })
      return job.from(input.name, pacedSource(files, pace, probe), time)
    }
  }
}

function timeOf(input: InputShape): EventTimeOptions<Item> {
  const { outOfOrderMs, saysWatermarks, maxDriftMs } = input
  return {
    eventTime: (item) => item.at,
    ...(saysWatermarks
      ? { watermark: ({ id }, at) => (id % 3 === 0 ? at - outOfOrderMs - 1 : undefined) }
      : { maxOutOfOrderness: ms(outOfOrderMs) }),
    ...(maxDriftMs === undefined
      ? {}
      : { alignment: { maxDrift: ms(maxDriftMs), group: 'inputs' } }),
  }
}

function outputSink(name: string, { sink }: JobShape): Sink<Row> {
  const roll = {
    ...(sink.rollBytes === undefined ? {} : { size: `${sink.rollBytes}B` as const }),
    ...(sink.rollEveryMs === undefined ? {} : { every: ms(sink.rollEveryMs) }),
  }
  return fileSink<Row>({
    path: `${outputFolder}/${name}`,
    value: json<Row>(),
    roll,
    ...(sink.compress === undefined ? {} : { compress: sink.compress }),
    ...(sink.buckets === 1
      ? {}
      : { bucket: (row: Row) => `part=${JSON.stringify(row).length % sink.buckets}` }),
  })
}

function writeInput(
  disk: SimulatedDisk,
  input: InputShape,
  lanes: readonly (readonly Item[])[],
): void {
  const folder = folderOf(input)
  disk.makeDirectory(inputFolder)
  disk.makeDirectory(folder)
  lanes.forEach((lane, index) => {
    const path = `${folder}/${String(index).padStart(4, '0')}.ndjson`
    const file = disk.create(path)
    const text = lane.map((item) => `${JSON.stringify(item)}\n`).join('')
    disk.append(file, new TextEncoder().encode(text), path)
    file.sync()
  })
  disk.syncDirectory(folder)
  disk.syncDirectory(inputFolder)
  disk.syncDirectory('/')
}

function folderOf(input: InputShape): string {
  return `${inputFolder}/${input.name}`
}

function ms(duration: number): Duration {
  return `${duration}ms`
}
