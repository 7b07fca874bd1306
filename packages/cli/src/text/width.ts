// How many columns a text takes on a terminal, and cutting it to fit: escape sequences take none,
// East Asian and emoji characters two. A cut text never leaves a colour switched on.

const escapes = /\u001B\[[0-9;]*m/g
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const emoji = /\p{Emoji_Presentation}/u
const eastAsian =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/
const eastAsianBeyond = /[\u{20000}-\u{3FFFD}]/u
const onlyAscii = /^[\u0020-\u007E]*$/

/** Columns of a text of one line. */
export function widthOf(text: string): number {
  const bare = text.replaceAll(escapes, '')
  if (onlyAscii.test(bare)) return bare.length
  let width = 0
  for (const { segment } of segmenter.segment(bare)) width += graphemeWidth(segment)
  return width
}

function graphemeWidth(grapheme: string): number {
  if (/^\p{Mark}$/u.test(grapheme)) return 0
  return [emoji, eastAsian, eastAsianBeyond].some((wide) => wide.test(grapheme)) ? 2 : 1
}

/** The text in at most so many columns; what was cut away shows as `…`. */
export function fitted(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (widthOf(text) <= columns) return text
  let room = columns - 1
  let result = ''
  for (const part of text.split(/(\u001B\[[0-9;]*m)/)) {
    if (part.startsWith('\u001B')) {
      result += part
      continue
    }
    for (const { segment } of segmenter.segment(part)) {
      const width = graphemeWidth(segment)
      if (width > room) return `${result}…${text.includes('\u001B') ? '\u001B[0m' : ''}`
      room -= width
      result += segment
    }
  }
  return result
}

/** Filled up with spaces on the right. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

/** Filled up with spaces on the left, for numbers. */
export function aligned(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text
}

/** The text in lines of at most so many columns, broken between words; later lines are indented. */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S)(?= )/)) {
    if (line !== '' && widthOf(line + word) > columns) {
      lines.push(line)
      line = indent + word.trimStart()
    } else {
      line += word
    }
  }
  return [...lines, line].map((each) => fitted(each, columns))
}
