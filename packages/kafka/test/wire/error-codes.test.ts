import { protocolErrorsCodesById } from '@platformatic/kafka'
import { describe, expect, test } from 'vitest'
import { errorOf, errorText } from '../../src/wire/error-codes.ts'

describe('The table of error codes', () => {
  test('names every code as another client does', () => {
    const others = protocolErrorsCodesById as Readonly<Record<number, string>>
    for (const [code, name] of Object.entries(others)) {
      expect([code, errorOf(Number(code)).name]).toEqual([code, name])
    }
  })

  test('has no gap, and gives each code a name and a reason of its own', () => {
    const codes = Array.from({ length: 135 }, (_, index) => index - 1)
    expect(codes.map((code) => errorOf(code).code)).toEqual(codes)
    expect(new Set(codes.map((code) => errorOf(code).name)).size).toBe(codes.length)
    expect(new Set(codes.map((code) => errorOf(code).reason)).size).toBe(codes.length)
  })

  test('takes a code that it does not know for final, and what was asked for possibly done', () => {
    for (const code of [-2, 134, 999, 32_767]) {
      expect(errorOf(code)).toMatchObject({ code, class: 'fatal', mayBeDone: true })
    }
    expect(errorText(999)).toContain('UNKNOWN_ERROR_999 (999)')
  })
})
