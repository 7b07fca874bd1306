// The changes of parallelism that Flink tests its Kafka sink with: 1 to 2, 2 to 3, 2 to 5, 3 to 5,
// 5 to 6, 6 to 5, 5 to 2, 5 to 3, 3 to 2 and 2 to 1. Input has four partitions: above that, some
// subtasks write nothing and their transactions are empty.

/** A path that takes each of them once. */
export const rescalings = [1, 2, 5, 2, 3, 5, 6, 5, 3, 2, 1] as const

/** The changes along a path. */
export function rescalingsIn(path: readonly number[]): readonly string[] {
  return path.slice(1).map((to, index) => `${path[index]} to ${to}`)
}
