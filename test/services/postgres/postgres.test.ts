import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyUnavailable } from '../provisioned.ts'
import type { RunningService } from '../service.ts'
import { postgres } from './postgres.ts'

const why = await whyUnavailable(postgres)

describe('PostgreSQL', () => {
  let server: RunningService

  beforeAll(async () => {
    if (why === undefined) server = await postgres.start()
  }, 60_000)

  afterAll(async () => {
    await server?.stop()
  })

  async function ask(sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows
    } finally {
      await client.end()
    }
  }

  it('keeps what was committed when it is killed', async ({ skip }) => {
    skip(why !== undefined, why)
    await ask('create table kept as select 7 as number')
    await server.kill()
    await expect(ask('select 1')).rejects.toThrow(/ECONNREFUSED/)
    await server.restart()
    expect(await ask('select number from kept')).toEqual([[7]])
  })

  it('answers late, not never, while it is paused', async ({ skip }) => {
    skip(why !== undefined, why)
    const client = new Client({ connectionString: server.url })
    await client.connect()
    server.pause()
    let answered = false
    const answer = client.query('select 1').then(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(answered).toBe(false)
    server.resume()
    await answer
    await client.end()
  })

  it('is gone with its data when it is stopped', async ({ skip }) => {
    skip(why !== undefined, why)
    await server.stop()
    await expect(ask('select 1')).rejects.toThrow(/ECONNREFUSED/)
    await server.stop()
  })
})
