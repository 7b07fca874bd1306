// All services by name.

import { kafka } from './kafka/kafka.ts'
import { postgres } from './postgres/postgres.ts'
import type { Service } from './service.ts'

export const services: readonly Service[] = [postgres, kafka]
