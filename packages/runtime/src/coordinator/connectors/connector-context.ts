// What enumerators and committers, which live in the coordinator, reach of the outside world.

import type { ConnectorContext, Metrics } from '@sluice/core/connector'
import type { Platform } from '../../platform/platform.ts'

export function connectorContext(
  platform: Platform,
  job: string,
  step: string,
  metrics: Metrics,
): ConnectorContext {
  return {
    job,
    step,
    clock: platform.clock,
    timers: platform.timers,
    random: platform.random,
    files: platform.files,
    network: platform.network,
    log: platform.log,
    metrics,
    output: (line) => platform.output(line),
    offload: (moduleUrl, exportName, argument) => platform.offload(moduleUrl, exportName, argument),
  }
}
