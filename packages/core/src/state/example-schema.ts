// A schema by example: what fits has the kinds and the fields of the example. Null and undefined in
// an example stand for anything, an empty object for any fields, an empty array for any elements.

import { pathOf, placeText, type Shape, type ShapeKind } from './shape.ts'

/** What of `stored` the example does not allow, in words; empty where nothing speaks against it. */
export function exampleDifferences(stored: Shape, example: Shape, path = ''): string[] {
  if (allowsAnything(example)) return []
  const allowed = new Set<ShapeKind>(example.kinds)
  const differences = stored.kinds
    .filter((kind) => !allowed.has(kind))
    .map((kind) => `${placeText(path)} is stored as ${kind} and declared as ${kindsText(example)}`)
  if (allowed.has('object') && stored.kinds.includes('object')) {
    differences.push(...fieldDifferences(stored, example, path))
  }
  if (stored.elements !== undefined && example.elements !== undefined) {
    const elements = pathOf(path, '[]')
    differences.push(...exampleDifferences(stored.elements, example.elements, elements))
  }
  return differences
}

/** Nothing but null or undefined was given. */
function allowsAnything({ kinds }: Shape): boolean {
  return kinds.every((kind) => kind === 'null' || kind === 'undefined')
}

function kindsText({ kinds }: Shape): string {
  return kinds.join(' or ')
}

function fieldDifferences(stored: Shape, example: Shape, path: string): string[] {
  const differences: string[] = []
  for (const { name, shape } of example.fields ?? []) {
    const place = pathOf(path, name)
    const found = stored.fields?.find((field) => field.name === name)
    const mayLack = allowsAnything(shape) || (found === undefined && stored.cut === true)
    if (!mayLack && (found === undefined || found.optional)) {
      differences.push(`${placeText(place)} is declared and missing in what is stored`)
    }
    if (found !== undefined) differences.push(...exampleDifferences(found.shape, shape, place))
  }
  return differences
}
