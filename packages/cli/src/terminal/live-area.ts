// Lines at the bottom of the screen that are redrawn in place. Whatever else is printed goes above
// them: the area steps aside and comes back shortly after, once for a whole burst of lines.

import { fitted, widthOf } from '../text/width.ts'
import type { Terminal } from './terminal.ts'

const comesBackAfterMs = 40
const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'

export class LiveArea {
  readonly #terminal: Terminal
  #lines: readonly string[] = []
  /** The widths of the lines that stand on the screen now. */
  #drawn: readonly number[] = []
  #comesBack: NodeJS.Timeout | undefined
  #begun = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Replaces what the area shows. */
  show(lines: readonly string[]): void {
    this.#lines = lines
    if (this.#comesBack === undefined) this.#draw()
  }

  /** Calls what prints; the area is off the screen meanwhile. */
  above(print: () => void): void {
    this.#terminal.draw(this.#erasing())
    this.#drawn = []
    print()
    this.#comesBack ??= setTimeout(() => {
      this.#comesBack = undefined
      this.#draw()
    }, comesBackAfterMs)
  }

  /** Takes the area off the screen for good. */
  end(): void {
    clearTimeout(this.#comesBack)
    this.#comesBack = undefined
    this.#terminal.draw(this.#erasing() + (this.#begun ? showCursor : ''))
    this.#drawn = []
    this.#lines = []
    this.#begun = false
  }

  #draw(): void {
    if (this.#lines.length === 0 && this.#drawn.length === 0) return
    const { columns, rows } = this.#terminal.size()
    // A line as wide as the window would wrap on some terminals, and one more row would scroll.
    const lines = this.#lines
      .slice(0, Math.max(1, rows - 1))
      .map((line) => fitted(line, columns - 1))
    const begin = this.#begun ? '' : hideCursor
    this.#begun = true
    this.#terminal.draw(begin + this.#erasing() + lines.join('\n'))
    this.#drawn = lines.map(widthOf)
  }

  /** A window that was made narrower has wrapped what stood there. */
  #erasing(): string {
    if (this.#drawn.length === 0) return ''
    const { columns } = this.#terminal.size()
    const rows = this.#drawn.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
      0,
    )
    const up = rows > 1 ? `\u001B[${rows - 1}A` : ''
    return `\r${up}\u001B[J`
  }
}
