// Sees values and says what they look like. Bounded in depth, in fields and in elements looked at,
// so that a look costs about as much as reading a small object, and a shape stays small.

import { type FieldShape, type Shape, type ShapeKind, shapeKinds } from './shape.ts'

const DEEPEST = 6
const MOST_FIELDS = 64
/** Places in all; beyond that nothing new is taken up. */
const MOST_NODES = 400
/** Elements of one array that are looked at: the first ones, and the last. */
const MOST_ELEMENTS = 16

/** What was seen at one place. */
class ShapeNode {
  /** A bit per kind. */
  kinds = 0
  objects = 0
  cut = false
  fields: Map<string, FieldNode> | undefined = undefined
  elements: ShapeNode | undefined = undefined
}

class FieldNode extends ShapeNode {
  /** In how many objects it was, and not undefined. */
  present = 0
}

const bits = Object.fromEntries(shapeKinds.map((kind, index) => [kind, 1 << index])) as Readonly<
  Record<ShapeKind, number>
>

export class ShapeObserver {
  readonly #root = new ShapeNode()
  #nodes = 1

  /** Takes one value into account. */
  observe(value: unknown): void {
    this.#see(this.#root, value, 0)
  }

  /** What was seen so far; undefined before the first value. */
  shape(): Shape | undefined {
    return this.#root.kinds === 0 ? undefined : shapeOfNode(this.#root)
  }

  #see(node: ShapeNode, value: unknown, depth: number): void {
    switch (typeof value) {
      case 'object':
        if (value === null) node.kinds |= bits.null
        else this.#seeObject(node, value, depth)
        return
      case 'string':
      case 'number':
      case 'boolean':
      case 'bigint':
      case 'undefined':
        node.kinds |= bits[typeof value as 'string']
        return
      default:
    }
  }

  #seeObject(node: ShapeNode, value: object, depth: number): void {
    if (Array.isArray(value)) {
      node.kinds |= bits.array
      this.#seeArray(node, value, depth)
    } else if (value instanceof Date) node.kinds |= bits.date
    else if (ArrayBuffer.isView(value)) node.kinds |= bits.bytes
    else if (value instanceof Map) {
      node.kinds |= bits.map
      this.#seeElements(node, value.values(), depth)
    } else if (value instanceof Set) {
      node.kinds |= bits.set
      this.#seeElements(node, value, depth)
    } else {
      node.kinds |= bits.object
      this.#seeFields(node, value as Readonly<Record<string, unknown>>, depth)
    }
  }

  #seeFields(node: ShapeNode, value: Readonly<Record<string, unknown>>, depth: number): void {
    node.objects++
    if (depth >= DEEPEST) {
      node.cut = true
      return
    }
    node.fields ??= new Map()
    for (const name of Object.keys(value)) {
      let field = node.fields.get(name)
      if (field === undefined) {
        if (node.fields.size >= MOST_FIELDS || !this.#mayGrow()) {
          node.cut = true
          continue
        }
        field = new FieldNode()
        node.fields.set(name, field)
      }
      const content = value[name]
      if (content === undefined) continue
      field.present++
      this.#see(field, content, depth + 1)
    }
  }

  #seeArray(node: ShapeNode, array: readonly unknown[], depth: number): void {
    const elements = this.#elementsOf(node, array.length, depth)
    if (elements === undefined) return
    const first = Math.min(array.length, MOST_ELEMENTS - 1)
    for (let i = 0; i < first; i++) this.#see(elements, array[i], depth + 1)
    if (array.length > first) this.#see(elements, array[array.length - 1], depth + 1)
  }

  #seeElements(
    node: ShapeNode,
    values: Iterable<unknown> & { readonly size?: number },
    depth: number,
  ): void {
    let left = MOST_ELEMENTS
    for (const value of values) {
      if (left-- === 0) return
      const elements = this.#elementsOf(node, 1, depth)
      if (elements === undefined) return
      this.#see(elements, value, depth + 1)
    }
  }

  #elementsOf(node: ShapeNode, length: number, depth: number): ShapeNode | undefined {
    if (length === 0 || depth >= DEEPEST) return undefined
    if (node.elements === undefined && this.#mayGrow()) node.elements = new ShapeNode()
    return node.elements
  }

  #mayGrow(): boolean {
    return this.#nodes++ < MOST_NODES
  }
}

/** The shape of a single value. */
export function shapeOf(value: unknown): Shape {
  const observer = new ShapeObserver()
  observer.observe(value)
  return observer.shape() ?? { kinds: [] }
}

function shapeOfNode(node: ShapeNode): Shape {
  const { fields, elements, cut, objects } = node
  const listed = [...(fields ?? [])].map(([name, field]): FieldShape => {
    return { name, optional: field.present < objects, shape: shapeOfNode(field) }
  })
  return {
    kinds: shapeKinds.filter((kind) => (node.kinds & bits[kind]) !== 0),
    ...(fields === undefined ? {} : { fields: listed }),
    ...(cut ? { cut } : {}),
    ...(elements === undefined ? {} : { elements: shapeOfNode(elements) }),
  }
}
