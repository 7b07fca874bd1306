// What every query should give, by its name.

import type { Expectation } from './expectation.ts'
import * as joins from './joins.ts'
import * as reports from './reports.ts'
import * as stateless from './stateless.ts'
import * as windows from './windows.ts'

export const expectations: Readonly<Record<string, Expectation>> = {
  ...stateless,
  ...joins,
  ...windows,
  ...reports,
}
