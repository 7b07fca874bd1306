import { expect, test } from 'vitest'
import { describedRecord } from '../src/described-record.ts'

test('a record is shown as JSON, with what JSON lacks as text', () => {
  const record = { id: 7n, at: Number.NaN, items: [{ price: 1.5 }] }
  expect(describedRecord(record)).toBe('{"id":"7n","at":"NaN","items":[{"price":1.5}]}')
  expect(describedRecord(undefined)).toBe('undefined')
})

test('fields whose names say that they are secret are hidden, at every depth', () => {
  const record = { user: { password: 'geheim', apiKey: 12345, name: 'ann' }, tokens: ['open'] }
  expect(describedRecord(record)).toBe(
    '{"user":{"password":"***","apiKey":"***","name":"ann"},"tokens":["open"]}',
  )
})

test('long records are cut, and cycles do no harm', () => {
  expect(describedRecord('x'.repeat(1_000))).toHaveLength(201)
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(describedRecord(circle)).toBe('[object Object]')
})
