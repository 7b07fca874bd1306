// Numbers, sizes, spans and moments in the short forms that people read. Machines get the plain
// numbers: `--json` uses none of these.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A count in full: `1,234,567`. */
export function count(value: number): string {
  return Number.isFinite(value) ? grouped.format(value) : '–'
}

/** `1 restart`, `3 restarts`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

const thousands = ['', ' k', ' M', ' G', ' T'] as const

/** A number in three digits: `950`, `12.3 k`, `4.56 M`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  let scaled = value
  let unit = 0
  while (Math.abs(scaled) >= 999.5 && unit < thousands.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${threeDigits(scaled, unit === 0)}${thousands[unit]}`
}

/** `12.3 k/s`. */
export function rate(perSecond: number): string {
  return Number.isFinite(perSecond) ? `${short(perSecond)}/s` : '–'
}

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size in units of 1024: `512 B`, `1.5 MiB`. */
export function size(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–'
  let scaled = bytes
  let unit = 0
  while (scaled >= 999.5 && unit < sizeUnits.length - 1) {
    scaled /= 1024
    unit++
  }
  return `${threeDigits(scaled, unit === 0)} ${sizeUnits[unit]}`
}

function threeDigits(value: number, whole: boolean): string {
  const magnitude = Math.abs(value)
  if (magnitude >= 99.95) return value.toFixed(0)
  if (magnitude >= 9.995) return trimmed(value.toFixed(1))
  if (magnitude < 1 && whole && value !== 0) return value.toFixed(1)
  return trimmed(value.toFixed(2))
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '')
}

/** A span of time: `0 ms`, `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–'
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${trimmed((ms / 1000).toFixed(1))} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return pair(seconds, 60, 'min', 1, 's')
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'min')
  return pair(seconds, 86_400, 'd', 3600, 'h')
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string) {
  const whole = Math.floor(seconds / big)
  const rest = Math.floor((seconds % big) / small)
  return rest === 0 ? `${whole} ${bigUnit}` : `${whole} ${bigUnit} ${rest} ${smallUnit}`
}

/** How long ago: `just now`, `12 s ago`. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  return ms < 1000 ? 'just now' : `${duration(Math.floor(ms / 1000) * 1000)} ago`
}

/** `42 %`; the end is reached only by the whole. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '–'
  const value = fraction * 100
  return `${value < 100 ? Math.floor(value) : 100} %`
}

/** Event time: a moment in UTC, `none yet` at minus infinity, `end` where the input has ended. */
export function eventTime(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'end'
  if (!Number.isFinite(ms)) return 'none yet'
  return moment(ms)
}

const lastMomentMs = 8.64e15

/** A moment in UTC: `2026-01-31 12:34:56`. */
export function moment(ms: number): string {
  if (!(Math.abs(ms) <= lastMomentMs)) return String(ms)
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')
}
