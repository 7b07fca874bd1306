// All queries by name. (6, 10 and 21 are not among them: 6 is a variant of 4 that no engine runs
// as written, 10 writes files, 21 is a second 22.)

import type { Query } from './nexmark-job.ts'
import { q20 } from './queries/joins/q20.ts'
import { q3 } from './queries/joins/q3.ts'
import { q4 } from './queries/joins/q4.ts'
import { q8 } from './queries/joins/q8.ts'
import { q9 } from './queries/joins/q9.ts'
import { q15 } from './queries/reports/q15.ts'
import { q16 } from './queries/reports/q16.ts'
import { q17 } from './queries/reports/q17.ts'
import { q18 } from './queries/reports/q18.ts'
import { q19 } from './queries/reports/q19.ts'
import { q0 } from './queries/stateless/q0.ts'
import { q1 } from './queries/stateless/q1.ts'
import { q13 } from './queries/stateless/q13.ts'
import { q14 } from './queries/stateless/q14.ts'
import { q2 } from './queries/stateless/q2.ts'
import { q22 } from './queries/stateless/q22.ts'
import { q11 } from './queries/windows/q11.ts'
import { q12 } from './queries/windows/q12.ts'
import { q5 } from './queries/windows/q5.ts'
import { q7 } from './queries/windows/q7.ts'

export const queries = {
  q0,
  q1,
  q2,
  q3,
  q4,
  q5,
  q7,
  q8,
  q9,
  q11,
  q12,
  q13,
  q14,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q22,
} satisfies Readonly<Record<string, Query>>
