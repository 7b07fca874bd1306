import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../../core/src/errors.ts'

const pages = ['kafka.md', 'kafka-formats.md']
  .map((page) => readFileSync(new URL(`../../../docs/connectors/${page}`, import.meta.url), 'utf8'))
  .join('\n')

test('the pages of the connector say of every error of Kafka what to do', () => {
  const codes = Object.keys(errorCodes).filter((code) => code.startsWith('KAFKA_'))
  expect(codes.length).toBeGreaterThan(20)
  const rows = pages.split('\n').filter((line) => line.startsWith('| ['))
  const missing = codes.filter((code) => {
    const link = `[\`${code}\`](../errors.md#${code.toLowerCase()})`
    return !rows.some((row) => row.includes(link) && row.split(' | ').length >= 3)
  })
  expect(missing).toEqual([])
})

test('the page shows the example of dead letters as it is', () => {
  const example = new URL('../../../examples/poison-records.ts', import.meta.url)
  expect(pages).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
