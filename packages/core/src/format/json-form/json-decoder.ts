// Decodes JSON records. `JSON.parse` says what each of them means; but records of a form that was
// seen before are read straight from their bytes, without a text in between, several times as fast.
// Whatever does not fit exactly goes to `JSON.parse`, so forms change the speed and nothing else.

import { compileForm, type ReadForm } from './compile-form.ts'
import { jsonFormOf } from './json-form.ts'

/** Kept at a time: records with optional properties have several. */
const MOST_FORMS = 4
/** What speed is worth is counted in records that were read by a form. */
const MOST_CREDIT = 16_384
/** What it costs to try the forms in vain, and to learn one or find none. */
const MISS_COSTS = 2
const FORM_COSTS = 2048
/** So many records go without forms where they did not help, then they are learned anew. */
const RECORDS_WITHOUT = 65_536

export class JsonDecoder {
  readonly #parse: (record: Uint8Array) => unknown
  /** The one that fitted last comes first. */
  readonly #forms: ReadForm[] = []
  #credit = MOST_CREDIT
  /** How many records more go without forms. */
  #without = 0

  /** @param parse By `JSON.parse`; throws where a record is none. */
  constructor(parse: (record: Uint8Array) => unknown) {
    this.#parse = parse
  }

  decode(record: Uint8Array): unknown {
    const forms = this.#forms
    for (let index = 0; index < forms.length; index++) {
      const read = (forms[index] as ReadForm)(record)
      if (read === undefined) continue
      if (index > 0) forms.unshift(...forms.splice(index, 1))
      if (this.#credit < MOST_CREDIT) this.#credit++
      return read
    }
    const parsed = this.#parse(record)
    if (this.#without > 0) this.#without--
    else this.#learn(record)
    return parsed
  }

  /** A record that is JSON fitted no form. */
  #learn(record: Uint8Array): void {
    const forms = this.#forms
    this.#credit -= MISS_COSTS
    if (this.#credit < 0) {
      forms.length = 0
      this.#credit = MOST_CREDIT
      this.#without = RECORDS_WITHOUT
    } else if (this.#credit >= FORM_COSTS) {
      this.#credit -= FORM_COSTS
      const form = jsonFormOf(record)
      const read = form === undefined ? undefined : compileForm(form)
      // A value that is left to JSON.parse is no reason to learn the same form again.
      if (read?.(record) === undefined) return
      forms.unshift(read)
      if (forms.length > MOST_FORMS) forms.pop()
    }
  }
}
