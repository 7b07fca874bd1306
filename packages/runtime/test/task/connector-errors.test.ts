// Errors of connectors at the edge of a task: whatever a reader or writer throws names its source
// or sink.

import { FileSystemError } from '@sluice/core/connector'
import type { SinkWriter, SourceReader } from '@sluice/core/connector'
import { describe, expect, test } from 'vitest'
import { SourceInput } from '../../src/task/input/source-input.ts'
import { SinkOutput } from '../../src/task/sink-output.ts'
import { NamedMetrics } from '../../src/task/task-metrics.ts'

const failure = new FileSystemError('failed', 'stat', '/in/orders.ndjson')

function failingInput(): SourceInput {
  const reader = {
    poll: () => {
      throw failure
    },
    ready: () => Promise.reject(failure),
  } as unknown as SourceReader<unknown, { readonly id: string }>
  return new SourceInput({
    step: 'orders',
    facts: { kind: 'files', bounded: true, ordered: 'none' } as never,
    reader,
    restored: [],
    watermark: Number.NEGATIVE_INFINITY,
    requestSplit: () => {},
    reportWatermark: () => {},
    metrics: new NamedMetrics().scope('in', 0),
  })
}

function failingOutput(): SinkOutput {
  const writer = {
    write: () => {
      throw failure
    },
    ready: () => Promise.reject(failure),
    prepareCommit: () => Promise.reject(failure),
  } as unknown as SinkWriter<unknown>
  const scope = { logId: 'a', sink: 'results', generation: 1 }
  const staging = { prepared: () => {} }
  return new SinkOutput({ scope, writer, staging, pressure: { full: false } })
}

const ofSource = { code: 'SOURCE_UNREADABLE', where: { step: 'orders' } }
const ofSink = { code: 'SINK_FAILED', where: { sink: 'results' } }

describe('an error of a reader', () => {
  test('names the source when it is thrown while polling', () => {
    expect(() => failingInput().poll(0)).toThrow(expect.objectContaining(ofSource))
  })

  test('names the source when it arises in the background', async () => {
    await expect(failingInput().ready()).rejects.toMatchObject(ofSource)
  })
})

describe('an error of a writer', () => {
  test('names the sink when it is thrown while writing', () => {
    expect(() => failingOutput().add('row', 0)).toThrow(expect.objectContaining(ofSink))
  })

  test('names the sink when it arises in the background', async () => {
    await expect(failingOutput().ready()).rejects.toMatchObject(ofSink)
  })

  test('names the sink when it cannot prepare', async () => {
    await expect(failingOutput().prepare(1)).rejects.toMatchObject(ofSink)
  })
})
