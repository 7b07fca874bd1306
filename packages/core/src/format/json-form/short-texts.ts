// Texts of a few letters, made of their bytes at once: calling a native function takes three times
// as long, whatever the length.

type MakeText = (bytes: Uint8Array, from: number) => string

/** From here on the native function is no slower. */
const SHORTEST_LONG = 16

/** By length; none where code must not be made from text. */
export const shortTexts: readonly MakeText[] = makers()

function makers(): MakeText[] {
  try {
    return Array.from({ length: SHORTEST_LONG }, (_, length) => {
      const letters = Array.from({ length }, (_each, index) => `b[p + ${index}]`)
      const source = `return String.fromCharCode(${letters.join(', ')})`
      return new Function('b', 'p', source) as MakeText
    })
  } catch (error) {
    if (error instanceof EvalError) return []
    throw error
  }
}
