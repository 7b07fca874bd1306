// The input of a text split: its bytes, and before them the header of the file where the split does
// not begin with it.

import { TextWindow } from '../bytes/text-window.ts'
import { MalformedRecord, type TextFileFormat } from '../format/file-format.ts'
import { type ByteChunk, fileBytes, type FileBytesOptions } from './file-bytes.ts'
import type { HeaderText } from './text-reading.ts'

const longestHeaderBytes = 1024 * 1024

export async function* textChunks(
  format: TextFileFormat<unknown>,
  options: FileBytesOptions,
): AsyncGenerator<ByteChunk | HeaderText> {
  const { start, position } = options.split
  if (format.hasHeader && (position ?? start) > 0) yield await readHeader(format, options)
  yield* fileBytes(options)
}

/** The first record of the file. */
async function readHeader(
  format: TextFileFormat<unknown>,
  options: FileBytesOptions,
): Promise<HeaderText> {
  const { file } = options.split
  const whole = { ...options.split, start: 0, end: file.sizeBytes, position: 0 }
  const window = new TextWindow(0)
  const scanner = format.newScanner()
  for await (const { bytes } of fileBytes({ ...options, split: whole })) {
    window.append([bytes])
    for (;;) {
      const next = scanner.next(window.text, window.from, false, false)
      if (next < 0) break
      window.from = next
      if (!scanner.found) continue
      const header = window.slice(scanner.start, scanner.end)
      if (header === undefined) throw new MalformedRecord('its header is no UTF-8', true)
      return { header }
    }
    if (window.restLength > longestHeaderBytes) break
  }
  throw new MalformedRecord('it has no header that could be found again', true)
}
