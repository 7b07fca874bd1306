// Values of exactly a hundred bytes that are JSON, so that one topic serves for bytes and objects.

/** What the values say. */
export interface Order {
  readonly id: number
  readonly user: string
  readonly price: number
  readonly note: string
}

const valueBytes = 100
const differentValues = 4096
const encoder = new TextEncoder()

function orderText(index: number): string {
  const user = `user-${index % 977}`
  const start = `{"id":${1_000_000 + index},"user":"${user}","price":${index / 4},"note":"`
  return `${start.padEnd(valueBytes - 2, 'shipped to the customer ')}"}`
}

/** The value of an index; a few thousand of them take turns. */
export function payloads(): (index: number) => Uint8Array {
  const values = Array.from({ length: differentValues }, (_, index) => {
    return encoder.encode(orderText(index))
  })
  return (index) => values[index % differentValues] as Uint8Array
}
