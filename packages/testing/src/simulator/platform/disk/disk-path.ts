// Paths of the simulated disk: absolute, or relative to its root.

/** The names from the root down; an empty list is the root itself. */
export function pathParts(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts
}

export function normalPath(path: string): string {
  return `/${pathParts(path).join('/')}`
}

/** The folder that holds this name; the root's is the root. */
export function parentPath(path: string): string {
  return `/${pathParts(path).slice(0, -1).join('/')}`
}
