// The ranks of prices in queries 15, 16 and 17.

/** 1 below 10,000; 2 below a million; 3. */
export function rankOf(price: number): 1 | 2 | 3 {
  if (price < 10_000) return 1
  return price < 1_000_000 ? 2 : 3
}
