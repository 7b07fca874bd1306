// Records that are lines: ended by LF or CR LF, the last one also by the end of the file.

import type { RecordScanner } from './file-format.ts'

const carriageReturn = 13

export class LineScanner<T> implements RecordScanner<T> {
  found = false
  start = 0
  end = 0
  readonly decode: (line: string) => T
  readonly #skipsBlank: boolean

  /** `skipsBlank`: lines of white space alone are no records. */
  constructor(decode: (line: string) => T, skipsBlank: boolean) {
    this.decode = decode
    this.#skipsBlank = skipsBlank
  }

  next(text: string, from: number, _first: boolean, ended: boolean): number {
    let end = text.indexOf('\n', from)
    let next = end + 1
    if (end < 0) {
      if (!ended || from === text.length) return -1
      end = text.length
      next = end
    }
    if (end > from && text.charCodeAt(end - 1) === carriageReturn) end--
    this.start = from
    this.end = end
    this.found = !this.#skipsBlank || !isBlank(text, from, end)
    return next
  }
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code !== 32 && code !== 9 && code !== carriageReturn) return false
  }
  return true
}
