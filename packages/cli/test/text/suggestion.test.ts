import { expect, test } from 'vitest'
import { suggestion } from '../../src/text/suggestion.ts'

const known = ['KAFKA_BROKERS', 'MYSQL_URL', 'run']

test('a near word is suggested, whatever its case', () => {
  expect(suggestion('KAFKA_BROKER', known)).toBe('KAFKA_BROKERS')
  expect(suggestion('kafka_borkers', known)).toBe('KAFKA_BROKERS')
  expect(suggestion('rnu', known)).toBe('run')
})

test('a far word is not', () => {
  expect(suggestion('checkpoint', known)).toBeUndefined()
  expect(suggestion('', known)).toBeUndefined()
})
