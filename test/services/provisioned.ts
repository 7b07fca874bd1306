// For tests: a service on this machine, or the reason why not. Where everything has to run (CI), a
// service that cannot be had is a failure and no reason to skip.

import { type Service, ServiceUnavailable } from './service.ts'

/** Provisions a service; returns why it cannot run here, or undefined. */
export async function whyUnavailable(service: Service): Promise<string | undefined> {
  try {
    await service.provision()
    return undefined
  } catch (error) {
    if (!(error instanceof ServiceUnavailable) || process.env['CI'] !== undefined) throw error
    return error.message
  }
}
