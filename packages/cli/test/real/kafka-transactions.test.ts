import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { JavaClient } from '../../../kafka/test/real/java-client.ts'
import { parseAndRun } from '../../src/program.ts'
import { recordedTerminal } from '../terminal/recorded-terminal.ts'

const why = await whyUnavailable(kafka)
let brokers = ''
let folder = ''

beforeEach(({ skip }) => skip(why !== undefined, why))

async function sluice(...argv: string[]) {
  const terminal = recordedTerminal()
  const environment = { SLUICE_KAFKA_BROKERS: brokers }
  const exitCode = await parseAndRun(argv, { terminal, environment, folder })
  return { exitCode, out: terminal.outLines.join('\n'), error: terminal.errorLines.join('\n') }
}

describe('sluice kafka txn', () => {
  let java: JavaClient
  const topic = uniqueName('cli')
  const job = uniqueName('shop')
  const own = `sluice/${job}/0123456789abcdef/3/out/0/1`
  const foreign = uniqueName('another-program')

  beforeAll(async () => {
    if (why !== undefined) return
    folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
    brokers = await sharedService('kafka')
    java = await JavaClient.start(brokers)
    await java.createTopic(topic, { partitions: 2 })
    for (const [partition, id] of [own, foreign].entries()) {
      const records = [{ key: null, value: 'YQ==' }]
      await java.produce({
        config: { 'transactional.id': id, 'transaction.timeout.ms': 300_000 },
        steps: [
          { do: 'begin' },
          { do: 'send', topic, partition, records },
          { do: 'flush' },
          { do: 'leave' },
        ],
      })
    }
  }, 120_000)

  afterAll(async () => {
    await java?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('list shows whose it is and whose readers wait', async () => {
    const { exitCode, out, error } = await sluice('kafka', 'txn', 'list', '--job', job)
    expect(error).toBe('')
    expect(exitCode).toBe(0)
    expect(out).toContain(own)
    expect(out).toMatch(/state {5}Ongoing, open for .* of 5 min, .* left/)
    expect(out).toContain(
      `of        job ${job}, sink out, subtask 0, slot 1, generation 3, log 0123456789abcdef`,
    )
    expect(out).toContain('promised  unknown: the checkpoints of its job are not here')
    expect(out).toContain(`holds     ${topic}-0: readers wait for it at 0, 1 offset below the end`)
    expect(out).not.toContain(foreign)
  })

  test('list is one JSON value', async () => {
    const { out } = await sluice('kafka', 'txn', 'list', '--json')
    const { transactions } = JSON.parse(out)
    expect(transactions).toContainEqual(
      expect.objectContaining({ transactionalId: own, promise: { kind: 'unknown' } }),
    )
  })

  test('why names who holds up a partition, and nobody where nobody does', async () => {
    const { out } = await sluice('kafka', 'txn', 'why', `${topic}-1`)
    expect(out).toContain(`${topic}-1: readers wait at 0, 1 offset below the end at 1`)
    expect(out).toContain(`by ${foreign}, from offset 0 on`)
    expect(out).toContain('of        not of Sluice')
    await expect(sluice('kafka', 'txn', 'why', `${topic}-7`)).rejects.toMatchObject({
      code: 'KAFKA_TOPIC_MISSING',
    })
  })

  test('ends nothing that may be promised, and nothing unasked', async () => {
    await expect(sluice('kafka', 'txn', 'abort', own, '--yes')).rejects.toMatchObject({
      code: 'KAFKA_TRANSACTION_NOT_ENDED',
      hint: "--force 'this may lose records' does it even so.",
    })
    await expect(sluice('kafka', 'txn', 'abort', foreign)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--yes'),
    })
    const { out } = await sluice('kafka', 'txn', 'list')
    expect(out).toContain(own)
    expect(out).toContain(foreign)
  })

  test('abort ends it, shows the proof, and frees the readers', async () => {
    const { exitCode, out, error } = await sluice('kafka', 'txn', 'abort', foreign, '--yes')
    expect(exitCode).toBe(0)
    expect(error).toMatch(/coordinator {2}Ongoing, producer \d+, epoch \d+, since .* UTC/)
    expect(error).toContain('may be done  it is none of Sluice')
    expect(out).toBe(`aborted ${foreign}: the coordinator says so`)
    await expect
      .poll(async () => (await sluice('kafka', 'txn', 'why', `${topic}-1`)).out)
      .toBe(`Nothing holds up the readers of ${topic}: 1 partition looked at.`)
    const again = await sluice('kafka', 'txn', 'abort', foreign, '--yes', '--json')
    expect(JSON.parse(again.out)).toMatchObject({
      verdict: { kind: 'nothing-to-do' },
      result: null,
    })
  })

  test('the words do it where nobody can tell', async () => {
    const words = 'this may lose records'
    const { out } = await sluice('kafka', 'txn', 'abort', own, '--yes', '--force', words)
    expect(out).toBe(`aborted ${own}: the coordinator says so`)
  })
})
