// All services by name.

import { postgres } from './postgres/postgres.ts'
import type { Service } from './service.ts'

export const services: readonly Service[] = [postgres]
