// What a query should give, said in SQL over the tables of `database.ts`. Columns are called as the
// fields of the query's rows.

export interface Expectation {
  /** The final result. */
  readonly rows: string
  /** For queries whose rows replace each other. */
  readonly updates?: {
    /** Rows that agree in these columns replace each other. */
    readonly key: readonly string[]
    /**
     * Every row that is the result of some prefix of the events in order of their index, and
     * differs from the one before: what a job emits that gets its events in that order.
     */
    readonly rows: string
    /**
     * For a last step that averages what another step sends: the changes of the average, in order
     * of index, with the key of the row as `id`. Several subtasks of the step before send them in
     * an order of their own, so that `rows` is what comes of one subtask alone.
     */
    readonly averageChanges?: string
  }
}
