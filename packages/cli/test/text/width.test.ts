import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { harmless, paintFor, plain } from '../../src/text/paint.ts'
import { aligned, fitted, padded, widthOf, wrapped } from '../../src/text/width.ts'

const paint = paintFor(true)

describe('widths', () => {
  test('colours and combining marks take no column, East Asian characters and emoji two', () => {
    expect(widthOf(paint.red('ab'))).toBe(2)
    expect(widthOf('e\u0301')).toBe(1)
    expect(widthOf('日本')).toBe(4)
    expect(widthOf('🚀')).toBe(2)
  })

  test('a text is cut to fit, and says so', () => {
    expect(fitted('abcdef', 4)).toBe('abc…')
    expect(fitted('abc', 3)).toBe('abc')
    expect(fitted('日本語', 4)).toBe('日…')
    expect(fitted('abc', 0)).toBe('')
  })

  test('a cut text leaves no colour switched on', () => {
    expect(fitted(paint.red('abcdef'), 4)).toBe('\u001B[31mabc…\u001B[0m')
  })

  test('whatever is fitted is no wider than the room', () => {
    const text = fc.string({ unit: 'grapheme' }).map((raw) => harmless(raw).replaceAll(/\s/g, ' '))
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 40 }), fc.boolean(), (raw, columns, coloured) => {
        expect(widthOf(fitted(coloured ? paint.bold(raw) : raw, columns))).toBeLessThanOrEqual(
          columns,
        )
      }),
    )
  })

  test('a text is broken between words, and only a word that is too long is cut', () => {
    expect(wrapped('  - one two three', 9, '    ')).toEqual(['  - one', '    two', '    three'])
    expect(wrapped('incomprehensible', 6)).toEqual(['incom…'])
    expect(wrapped('', 6)).toEqual([''])
  })

  test('padding fills up on either side and never cuts', () => {
    expect(padded('ab', 4)).toBe('ab  ')
    expect(aligned('ab', 4)).toBe('  ab')
    expect(aligned('abcdef', 4)).toBe('abcdef')
  })
})

describe('texts of a job', () => {
  test('cannot steer the terminal', () => {
    expect(harmless('a\u001B[2Jb\u0007c\nd\re')).toBe('abc\nde')
    expect(harmless('tab\tstays')).toBe('tab\tstays')
  })

  test('are printed unchanged where there are no colours', () => {
    expect(plain.red('a')).toBe('a')
    expect(paintFor(false).bold('a')).toBe('a')
  })
})
