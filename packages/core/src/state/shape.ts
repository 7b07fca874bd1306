// What values of a state look like: which kinds were seen, which fields objects have and whether
// always. Plain data, because segments store it. A shape says what was seen, never that nothing
// else is there.

/** The kinds of values that state can hold. */
export const shapeKinds = [
  ...(['null', 'undefined', 'boolean', 'number', 'bigint', 'string', 'date', 'bytes'] as const),
  ...(['array', 'map', 'set', 'object'] as const),
] as const

export type ShapeKind = (typeof shapeKinds)[number]

/** What was seen of some values. */
export interface Shape {
  readonly kinds: readonly ShapeKind[]
  /** Of objects; in order of first sight. */
  readonly fields?: readonly FieldShape[]
  /** Objects had more fields than are listed. */
  readonly cut?: true
  /** Of arrays and sets their elements, of maps their values. */
  readonly elements?: Shape
}

/** One field of the objects that were seen. */
export interface FieldShape {
  readonly name: string
  /** Some objects lacked it, or held undefined. */
  readonly optional: boolean
  readonly shape: Shape
}

/** The longest text that `shapeText` makes. */
const LONGEST_TEXT = 240

/** A shape as a type would be written, for people: `{ id: string, cents?: number | null }`. */
export function shapeText(shape: Shape): string {
  const text = textOf(shape)
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`
}

function textOf(shape: Shape): string {
  const parts = shape.kinds.map((kind) => {
    if (kind === 'object') return objectText(shape)
    if (kind !== 'array' && kind !== 'map' && kind !== 'set') return kind
    return shape.elements === undefined ? kind : `${kind} of (${textOf(shape.elements)})`
  })
  return parts.length === 0 ? 'anything' : parts.join(' | ')
}

function objectText({ fields = [], cut }: Shape): string {
  const texts = fields.map(({ name, optional, shape }) => {
    return `${name}${optional ? '?' : ''}: ${textOf(shape)}`
  })
  if (cut === true) texts.push('…')
  return texts.length === 0 ? 'object' : `{ ${texts.join(', ')} }`
}

/** The path of a field or an element below another place. */
export function pathOf(path: string, part: string): string {
  return path === '' || part.startsWith('[') ? `${path}${part}` : `${path}.${part}`
}

/** A place in a value, for people. */
export function placeText(path: string): string {
  return path === '' ? 'the value' : `'${path}'`
}
