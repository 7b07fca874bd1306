import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { catchForeignOutput } from '../../src/terminal/foreign-output.ts'
import { LiveArea } from '../../src/terminal/live-area.ts'
import { recordedTerminal } from './recorded-terminal.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** What a screen shows after all that was drawn: a terminal of the few sequences that are used. */
function screen(drawn: readonly string[]): string[] {
  const rows = ['']
  let row = 0
  for (const token of drawn.join('').match(/\u001B\[[?0-9;]*[a-zA-Z]|\r|\n|[^\u001B\r\n]+/g) ??
    []) {
    const up = /^\u001B\[(\d+)A$/.exec(token)?.[1]
    if (up !== undefined) row -= Number(up)
    else if (token === '\u001B[J') rows.splice(row, rows.length, '')
    else if (token === '\n') rows[++row] ??= ''
    else if (!token.startsWith('\u001B') && token !== '\r') rows[row] += token
  }
  return rows
}

describe('a live area', () => {
  test('is redrawn in place', () => {
    const terminal = recordedTerminal(true)
    const area = new LiveArea(terminal)
    area.show(['one', 'two'])
    area.show(['three'])
    expect(screen(terminal.drawn)).toEqual(['three'])
    area.show(['a', 'b', 'c'])
    expect(screen(terminal.drawn)).toEqual(['a', 'b', 'c'])
  })

  test('steps aside for lines that are printed, once for a whole burst', () => {
    const terminal = recordedTerminal(true)
    const area = new LiveArea(terminal)
    area.show(['progress'])
    area.above(() => terminal.error('first'))
    area.above(() => terminal.error('second'))
    area.show(['more progress'])
    expect(screen(terminal.drawn)).toEqual(['first', 'second', ''])
    vi.runAllTimers()
    expect(screen(terminal.drawn)).toEqual(['first', 'second', 'more progress'])
  })

  test('leaves nothing behind but what was printed, and gives the cursor back', () => {
    const terminal = recordedTerminal(true)
    const area = new LiveArea(terminal)
    area.show(['one', 'two'])
    area.above(() => terminal.error('line'))
    area.end()
    vi.runAllTimers()
    expect(screen(terminal.drawn)).toEqual(['line', ''])
    expect(terminal.drawn.at(-1)).toContain('\u001B[?25h')
  })

  test('is taken off a window that was made narrower, where its lines have wrapped', () => {
    let columns = 20
    const terminal = { ...recordedTerminal(true), size: () => ({ columns, rows: 9 }) }
    const area = new LiveArea(terminal)
    area.show(['a'.repeat(15), 'b'])
    columns = 10
    area.show(['c'])
    expect(terminal.drawn.at(-1)).toBe('\r\u001B[2A\u001B[Jc')
  })

  test('never wraps or scrolls', () => {
    const terminal = recordedTerminal(true, 10, 3)
    new LiveArea(terminal).show(['a'.repeat(30), 'b', 'c', 'd'])
    expect(screen(terminal.drawn)).toEqual([`${'a'.repeat(8)}…`, 'b'])
  })
})

describe('foreign output', () => {
  test('goes by the listener, and back to where it was afterwards', () => {
    const written: string[] = []
    const before = process.stdout.write
    const write = (text: string | Uint8Array): boolean => {
      written.push(String(text))
      return true
    }
    process.stdout.write = write as typeof process.stdout.write
    try {
      const seen: string[] = []
      const release = catchForeignOutput((stream, pass) => {
        seen.push(stream)
        pass()
      }, false)
      process.stdout.write('of the job\n')
      release()
      process.stdout.write('after\n')
      expect(seen).toEqual(['stdout'])
      expect(written).toEqual(['of the job\n', 'after\n'])
      expect(process.stdout.write).toBe(write)
    } finally {
      process.stdout.write = before
    }
  })
})
