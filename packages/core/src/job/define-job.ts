// The default export of a job module. A definition is recognised by its fields and not by a class
// or symbol, because the module may have loaded another copy of this package than the engine.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import type { JobOptions } from './job-options.ts'

const definitionVersion = 1

/** The schema of a job without parameters. */
export type NoParameters = StandardSchemaV1<unknown, Record<never, never>>

/** A job as a module exports it. Made by `defineJob`. */
export interface JobDefinition<out Parameters = unknown> {
  readonly kind: 'sluice-job'
  readonly version: typeof definitionVersion
  readonly options: JobOptions<StandardSchemaV1>
  /** Never there: carries the type of the validated parameters. */
  readonly '~parameters'?: Parameters
}

/**
 * Defines a job. Nothing is built or read yet: the coordinator, each worker and tests import the
 * module and call `graph` themselves, with validated parameters.
 *
 * @example
 * export default defineJob({
 *   name: 'shop-revenue',
 *   graph(job) {
 *     job.from('orders', orders).filter((order) => order.cents > 0).to('paid', consoleSink())
 *   },
 * })
 */
export function defineJob<Schema extends StandardSchemaV1 = NoParameters>(
  options: JobOptions<Schema>,
): JobDefinition<StandardSchemaV1.InferOutput<Schema>> {
  return Object.freeze({
    kind: 'sluice-job',
    version: definitionVersion,
    options: options as unknown as JobOptions<StandardSchemaV1>,
  })
}

/**
 * The definition that a module exports by default; throws JOB_NO_DEFAULT_EXPORT for anything else.
 * `file` names the module in the error.
 */
export function jobDefinitionFrom(exported: unknown, file: string): JobDefinition {
  const candidate = exported as Partial<JobDefinition> | undefined | null
  if (candidate?.kind !== 'sluice-job' || typeof candidate.options !== 'object') {
    throw new SluiceError('JOB_NO_DEFAULT_EXPORT', `${file} does not export a job by default.`, {
      where: { file },
      hint: 'Write export default defineJob({ … }).',
    })
  }
  if (candidate.version !== definitionVersion) {
    throw new SluiceError(
      'JOB_NO_DEFAULT_EXPORT',
      `${file} was defined with another version of Sluice (${String(candidate.version)}).`,
      { where: { file }, hint: 'Install one version of sluice for the job and for the engine.' },
    )
  }
  return candidate as JobDefinition
}
