// Simple globs: `*` and `?` within a name, `**` for folders of any depth, `{a,b}` for either.

/** Whether a path holds signs of a glob. */
export function isGlob(path: string): boolean {
  return /[*?{]/.test(path)
}

/** The folder below which all matches are. */
export function globRoot(pattern: string): string {
  const names = pattern.split('/')
  const first = names.findIndex(isGlob)
  const fixed = names.slice(0, first < 0 ? names.length - 1 : first)
  const root = fixed.join('/')
  return root === '' ? (pattern.startsWith('/') ? '/' : '.') : root
}

/** How many folders below its root a pattern reaches; infinite with `**`. */
export function globDepth(pattern: string): number {
  if (pattern.includes('**')) return Number.POSITIVE_INFINITY
  const names = pattern.split('/')
  return names.length - Math.max(0, names.findIndex(isGlob)) - 1
}

/** The pattern as an expression that matches whole paths. */
export function globExpression(pattern: string): RegExp {
  let expression = ''
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at] as string
    if (pattern.startsWith('**/', at)) {
      expression += '(?:[^/]+/)*'
      at += 2
    } else if (pattern.startsWith('**', at)) {
      expression += '.*'
      at += 1
    } else if (sign === '*') expression += '[^/]*'
    else if (sign === '?') expression += '[^/]'
    else if (sign === '{') {
      expression += '(?:'
      depth++
    } else if (sign === '}' && depth > 0) {
      expression += ')'
      depth--
    } else if (sign === ',' && depth > 0) expression += '|'
    else expression += sign.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
  }
  return new RegExp(`^${expression}${')'.repeat(depth)}$`, 'u')
}
