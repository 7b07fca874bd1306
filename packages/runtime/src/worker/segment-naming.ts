// Names of segments: everything that makes them unique for ever is in the name, so that two runs of
// one job, or two attempts at one checkpoint, never write the same file, and collection knows whose
// a file is.

import { checkpointId, generation, logId } from '../checkpoint/protocol/identifiers.ts'
import { formatSegmentName } from '../checkpoint/protocol/collection.ts'
import type { SegmentNaming } from '../state/state-backend.ts'
import type { WorkerStart } from './messages.ts'

export function segmentNaming(
  start: Pick<WorkerStart, 'logId' | 'generation'>,
  checkpoint: number,
): SegmentNaming {
  let sequence = 0
  return {
    next(step, subtask) {
      sequence++
      return formatSegmentName({
        logId: logId(start.logId),
        generation: generation(start.generation),
        checkpoint: checkpointId(checkpoint),
        step,
        subtask,
        sequence,
      })
    },
  }
}
