import { createHeapBackend } from '../../src/state/heap-backend.ts'
import { describeRoundTrip } from './round-trip.ts'

describeRoundTrip('the heap backend', createHeapBackend)
