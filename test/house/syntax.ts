// The syntax tree of a file and the few questions that the rules ask of it. The tree is that of
// oxc-parser (ESTree with TypeScript); rules see nodes as plain objects with a type.

import { type Comment, type EcmaScriptModule, parseSync } from 'oxc-parser'

/** A node of the tree; its further properties depend on the type. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

export type Visit = (node: Node, parents: readonly Node[]) => void

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** The name of an identifier, or undefined for any other node. */
export function identifierName(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined
}

export class Syntax {
  readonly program: Node
  readonly comments: readonly Comment[]
  readonly module: EcmaScriptModule
  readonly #text: string
  readonly #lineStarts: readonly number[]

  constructor(text: string, program: Node, comments: readonly Comment[], module: EcmaScriptModule) {
    this.#text = text
    this.program = program
    this.comments = comments
    this.module = module
    const starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#lineStarts = starts
  }

  /** Line of an offset, counted from 1. */
  lineOf(offset: number): number {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }

  /** Whether nothing but white space stands between two offsets. */
  isBlankBetween(start: number, end: number): boolean {
    return this.#text.slice(start, end).trim() === ''
  }

  walk(visit: Visit): void {
    walkNode(this.program, [], visit)
  }
}

function walkNode(node: Node, parents: Node[], visit: Visit): void {
  visit(node, parents)
  parents.push(node)
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walkNode(item, parents, visit)
    } else if (isNode(value)) walkNode(value, parents, visit)
  }
  parents.pop()
}

export function parseSource(path: string, text: string): Syntax {
  // A file that does not parse gives an empty tree: the compiler reports it, once and better.
  const { program, comments, module } = parseSync(path, text)
  return new Syntax(text, program as unknown as Node, comments, module)
}

/**
 * Whether `text` is a program on its own, with `accepts` true of at least one of its statements.
 */
export function parsesTo(text: string, accepts: (statement: Node) => boolean): boolean {
  const { program, errors } = parseSync('comment.ts', text)
  return errors.length === 0 && (program.body as unknown as Node[]).some(accepts)
}
