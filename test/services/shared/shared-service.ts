// For tests: the address of a server that the files of this run share.

import { inject } from 'vitest'
import type { SharedServiceName } from './shared-services.ts'

/**
 * Starts the server if no file has asked for it yet; resolves with what a client connects to. What
 * is made there has names of its own (`uniqueName`), because others work there too.
 */
export async function sharedService(name: SharedServiceName): Promise<string> {
  const response = await fetch(`${inject('sharedServices')}/${encodeURIComponent(name)}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`The shared ${name} did not start: ${text}`)
  return text
}

/** A name that nobody else uses on a shared server. */
export function uniqueName(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`
}
