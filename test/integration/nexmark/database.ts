// The events in a real database, and what it says that the queries should give.

import { Client } from 'pg'
import type { Event } from '../../../bench/nexmark/generator/event.ts'
import { sideInput } from '../../../bench/nexmark/side-input.ts'

/** A row of a result: plain JSON. */
export type Row = Readonly<Record<string, unknown>>

/** Times are kept as they are, and once more as something that has days and hours. */
const tables = `
  create table person (
    index bigint, id bigint, name text, "emailAddress" text, "creditCard" text,
    city text, state text, "dateTime" bigint, extra text
  );
  create table auction (
    index bigint, id bigint, "itemName" text, description text, "initialBid" bigint,
    reserve bigint, "dateTime" bigint, expires bigint, seller bigint, category bigint, extra text
  );
  create table bid (
    index bigint, auction bigint, bidder bigint, price bigint, channel text, url text,
    "dateTime" bigint, extra text,
    at timestamp generated always as
      (timestamp '1970-01-01' + "dateTime" * interval '1 millisecond') stored
  );
  create table "sideInput" (key bigint, value text);`

const indexes = `
  create index on person (id);
  create index on auction (id);
  create index on bid (auction, index);
  analyze;`

const rowsPerInsert = 10_000

export class NexmarkDatabase {
  readonly #client: Client
  readonly #results = new Map<string, Promise<Row[]>>()

  private constructor(client: Client) {
    this.#client = client
  }

  /** Fills an empty database with the events of all indexes below `count`. */
  static async fill(
    url: string,
    count: number,
    eventAt: (index: number) => Event,
  ): Promise<NexmarkDatabase> {
    const client = new Client({ connectionString: url })
    await client.connect()
    const database = new NexmarkDatabase(client)
    await client.query(tables)
    for (let from = 0; from < count; from += rowsPerInsert) {
      const length = Math.min(rowsPerInsert, count - from)
      const events = Array.from({ length }, (_, n) => ({ index: from + n, ...eventAt(from + n) }))
      for (const kind of ['person', 'auction', 'bid'] as const) {
        await database.#insert(
          kind,
          events.filter((event) => event.kind === kind),
        )
      }
    }
    await database.#insert(
      '"sideInput"',
      sideInput().map(([key, value]) => ({ key, value })),
    )
    await client.query(indexes)
    return database
  }

  /** The rows of a query, as the jobs write them: through JSON. Each is asked for once. */
  rows(sql: string): Promise<readonly Row[]> {
    const rows = this.#results.get(sql) ?? this.#ask(sql)
    this.#results.set(sql, rows)
    return rows
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  async #ask(sql: string): Promise<Row[]> {
    const { rows } = await this.#client.query<{ row: Row }>(
      `select row_to_json(result) as row from (${sql}) result`,
    )
    return rows.map(({ row }) => row)
  }

  /** Fields without a column, such as the kind of an event, are left out. */
  async #insert(table: string, rows: readonly object[]): Promise<void> {
    const { rows: columns } = await this.#client.query<{ name: string }>(
      `select quote_ident(attname) as name from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and attgenerated = ''`,
      [table],
    )
    const names = columns.map(({ name }) => name).join(', ')
    await this.#client.query(
      `insert into ${table} (${names})
       select ${names} from json_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    )
  }
}
