import { expect, test } from 'vitest'
import { redactor } from '../../src/errors/secrets.ts'

test('passwords in URLs are taken out, also of several', () => {
  const redact = redactor()
  expect(redact('mysql://ada:geheim@db:3306/shop and kafka://x:y@k:9092')).toBe(
    'mysql://ada:***@db:3306/shop and kafka://x:***@k:9092',
  )
  expect(redact('http://example.org:80/a@b')).toBe('http://example.org:80/a@b')
})

test('values whose names say that they are secret are taken out', () => {
  const redact = redactor({ DB_PASSWORD: 'geheim', API_TOKEN: 'geheim-lang', USER: 'ada' })
  expect(redact('geheim-lang, geheim, ada')).toBe('***, ***, ada')
})

test('very short values are left alone, since they occur everywhere', () => {
  expect(redactor({ PASSWORD: 'a' })('a table')).toBe('a table')
})
