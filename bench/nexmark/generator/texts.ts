// The texts of events. They are pieces of one long text of random letters, since making them letter
// by letter would cost more than what most queries do with them.

import { Draw } from './draw.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const longText = makeLongText(1 << 16)

/** Any letters, so many of them. */
export function lettersOf(draw: Draw, length: number): string {
  const from = draw.integer(longText.length - length)
  return longText.slice(from, from + length)
}

/** Letters, from three up to and without `below` of them. */
export function shortText(draw: Draw, below: number): string {
  return lettersOf(draw, 3 + draw.integer(below - 3))
}

/** Fills an event of `sizeBytes` up to `averageBytes`, give or take a fifth of what is missing. */
export function filling(draw: Draw, sizeBytes: number, averageBytes: number): string {
  const missing = averageBytes - sizeBytes
  if (missing <= 0) return ''
  const delta = Math.round(missing * 0.2)
  return lettersOf(draw, missing - delta + draw.integer(2 * delta + 1))
}

function makeLongText(length: number): string {
  const draw = new Draw(length)
  draw.begin(0)
  return Array.from({ length }, () => letters[draw.integer(letters.length)]).join('')
}
