// Turns generated source text into functions. Each gets a sourceURL of its own, because V8 shares
// type feedback between functions of equal text, and shared feedback is what makes a codec slow.

let allowed: boolean | undefined
let sequence = 0

/** False where the process disallows code from strings; callers then use closures. */
export function isCodeGenerationAllowed(): boolean {
  if (allowed === undefined) {
    try {
      new Function('')
      allowed = true
    } catch {
      allowed = false
    }
  }
  return allowed
}

/**
 * Compiles `body` as a strict function body whose names are the keys of `scope`, and returns what
 * the body returns. No text of a user gets into `body` except through `JSON.stringify`.
 */
export function compile<T>(
  label: string,
  scope: Readonly<Record<string, unknown>>,
  body: string,
): T {
  const names = Object.keys(scope)
  const url = `\n//# sourceURL=sluice/codec/${label}/${sequence++}\n`
  const factory = new Function(...names, `'use strict'\n${body}${url}`)
  return factory(...names.map((name) => scope[name])) as T
}

/**
 * A property as it stands in an object literal; `__proto__` only defines a property when computed.
 */
export function literalKey(key: string): string {
  return key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)
}
