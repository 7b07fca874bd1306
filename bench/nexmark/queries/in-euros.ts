// The rate of exchange of queries 1 and 14.

/**
 * 0.908 euros for a dollar. In this order the result is the number nearest to the exact one,
 * because the product is whole.
 */
export function inEuros(dollars: number): number {
  return (dollars * 908) / 1000
}
