// Colours as functions, so that rendering stays pure: a plain paint returns its text unchanged, and
// everything that measures a line measures it without them.

import { stripVTControlCharacters } from 'node:util'

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

function sequence(open: number, close: number): (text: string) => string {
  return (text) => (text === '' ? '' : `\u001B[${open}m${text}\u001B[${close}m`)
}

const same = (text: string): string => text

const coloured: Paint = {
  bold: sequence(1, 22),
  dim: sequence(2, 22),
  red: sequence(31, 39),
  green: sequence(32, 39),
  yellow: sequence(33, 39),
  cyan: sequence(36, 39),
}

export const plain: Paint = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
}

export function paintFor(colours: boolean): Paint {
  return colours ? coloured : plain
}

/** A text of a job (a name, a record, a message) without what would steer the terminal. */
export function harmless(text: string): string {
  // A tab stays: it steers nothing, though its width is unknown.
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '')
}
