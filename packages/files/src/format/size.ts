// Sizes as people write them: a number of bytes, or '64KiB', '16MiB', '1GiB'.

import { SluiceError } from '@sluice/core/connector'

/** A number of bytes, or one with its unit. */
export type Size = number | `${number}${'B' | 'KiB' | 'MiB' | 'GiB'}`

const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Bytes of a size. `of` names the setting in the error (SETTING_INVALID). */
export function parseSize(size: Size, of: string): number {
  const parts = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(String(size))
  const factor = parts === null ? 1 : (unitBytes[parts[2] as string] as number)
  const bytes = Math.round(Number(parts === null ? size : parts[1]) * factor)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new SluiceError('SETTING_INVALID', `${of}: '${String(size)}' is not a size.`, {
    hint: "Write a number of bytes, or one with its unit: '64KiB', '16MiB', '1GiB'.",
  })
}
