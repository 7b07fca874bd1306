import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  ProjectFolder,
  type SluiceProcess,
} from '../../../../../test/integration/cli/sluice-process.ts'
import { kafka } from '../../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../../test/services/shared/shared-service.ts'
import { JavaClient } from '../java-client.ts'

const why = await whyUnavailable(kafka)
const jobFile = fileURLToPath(new URL('jobs/copying.ts', import.meta.url))
const words = 'this may lose records'

beforeEach(({ skip }) => skip(why !== undefined, why))

interface Listed {
  readonly transactions: readonly {
    readonly transactionalId: string
    readonly state: string
    readonly partitions: readonly { readonly topic: string; readonly heldOffsets: number }[]
  }[]
}

describe('a job that was killed with its transaction open', () => {
  const topic = uniqueName('killed')
  const job = uniqueName('killed-job')
  let folder: ProjectFolder
  let java: JavaClient
  let brokers = ''
  let id = ''

  beforeAll(async () => {
    if (why !== undefined) return
    brokers = await sharedService('kafka')
    java = await JavaClient.start(brokers)
    await java.createTopic(topic)
    folder = new ProjectFolder()
    process.env['SLUICE_TEST_JOB'] = job
    process.env['SLUICE_KAFKA_BROKERS'] = brokers
  }, 180_000)

  afterAll(async () => {
    await folder?.remove()
    await java?.close()
  })

  function start(every: string): SluiceProcess {
    const parameters = ['-p', `BROKERS=${brokers}`, '-p', `TO=${topic}`]
    return folder.start('run', jobFile, '--every', every, ...parameters)
  }

  async function openOnes(): Promise<Listed['transactions']> {
    const { code, out } = await folder.run('kafka', 'txn', 'list', '--job', job, '--json')
    expect(code).toBe(0)
    return (JSON.parse(out) as Listed).transactions
  }

  /** No checkpoint comes before it dies. */
  async function killed(): Promise<void> {
    const run = start('10m')
    await expect
      .poll(async () => (await openOnes())[0]?.partitions[0]?.heldOffsets ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(0)
    run.signal('SIGKILL')
    await run.ended()
    id = (await openOnes())[0]?.transactionalId ?? ''
  }

  test('is seen, and so is whom it holds up', async () => {
    await killed()
    expect(id).toMatch(new RegExp(`^sluice/${job}/[^/]+/\\d+/out/0/\\d+$`))
    const list = await folder.run('kafka', 'txn', 'list', '--job', job)
    expect(list.code).toBe(0)
    expect(list.out).toContain(id)
    expect(list.out).toContain(`job ${job}, sink out, subtask 0`)
    expect(list.out).toContain('promised  not yet: the newest run may promise it at any moment')
    const whose = await folder.run('kafka', 'txn', 'why', topic)
    expect(whose.code).toBe(0)
    expect(whose.out).toContain(`${topic}-0: readers wait at 0`)
    expect(whose.out).toContain(`by ${id}`)
    expect((await java.read(topic)).records).toEqual([])
  }, 120_000)

  test('is ended by nobody who does not say the words, and by none unasked', async () => {
    const refused = await folder.run('kafka', 'txn', 'abort', id, '--yes')
    expect(refused.code).toBe(4)
    expect(refused.error).toContain('KAFKA_TRANSACTION_NOT_ENDED')
    expect(refused.error).toContain(`--force '${words}'`)
    const unasked = await folder.run('kafka', 'txn', 'abort', id, '--force', words)
    expect(unasked.code).toBe(2)
    expect(unasked.error).toContain('--yes')
    expect(await openOnes()).toMatchObject([{ transactionalId: id, state: 'Ongoing' }])
  }, 60_000)

  test('frees its readers when it is aborted, and the job writes it again', async () => {
    const asked = ['kafka', 'txn', 'abort', id, '--yes', '--force', words, '--json']
    const { code, out } = await folder.run(...asked)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ result: { outcome: 'aborted' } })
    await expect
      .poll(async () => (await folder.run('kafka', 'txn', 'why', topic)).out, { timeout: 20_000 })
      .toContain('Nothing holds up the readers')
    const again = await folder.run('kafka', 'txn', 'abort', id, '--yes')
    expect(again.code).toBe(0)
    expect(again.out).toContain('Nothing to abort')

    const run = start('500ms')
    await expect
      .poll(async () => (await java.read(topic)).records.length, { timeout: 30_000 })
      .toBeGreaterThan(0)
    run.signal('SIGINT')
    expect((await run.ended()).code).toBe(0)
    const { records } = await java.read(topic)
    expect(records.map(({ value }) => value)).toEqual(records.map((_, index) => String(index)))
    expect(await openOnes()).toEqual([])
  }, 120_000)

  test('is found well by the doctor, for the job and its topic', async () => {
    const { code, out } = await folder.run('doctor', '--job', job, '--topic', topic)
    expect(out).toContain(`this user may open transactions of job '${job}'`)
    expect(out).toContain(`topic ${topic}: has 1 partition`)
    expect(code).toBe(0)
  }, 60_000)
})
