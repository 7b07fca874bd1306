// Every error that Sluice raises on purpose: one class, a closed list of codes. A code says once
// and for all whose fault it is (domain) and what the engine does about it (retry); docs/errors.md
// has one section per code. Secrets never appear in a message.

/** Whose fault an error is: the job's, the outside world's, or the engine's. */
export type ErrorDomain = 'user' | 'external' | 'internal'

/**
 * What the engine does: `never` fails the job, `restart` restarts the tasks from the last
 * checkpoint, `backoff` tries the same call again, `fence` ends this run because a newer one has
 * taken over.
 */
export type Retry = 'never' | 'restart' | 'backoff' | 'fence'

interface CodeProperties {
  readonly domain: ErrorDomain
  readonly retry: Retry
}

const user = { domain: 'user', retry: 'never' } as const
const external = { domain: 'external', retry: 'restart' } as const
const internal = { domain: 'internal', retry: 'restart' } as const

/** The closed list of codes. Append new ones to their group, one line each. */
export const errorCodes = {
  // The job file and its parameters.
  JOB_FILE_UNREADABLE: user, // The job file is missing, does not parse, or throws on import.
  JOB_NOT_RUNNING: user, // No run of the job answers, or it has ended.
  JOB_UNRESPONSIVE: external, // The run of the job hangs, or takes longer than is waited for.
  JOB_NO_DEFAULT_EXPORT: user, // The module has no default export made by defineJob.
  JOB_BUILD_FAILED: user, // The graph function threw.
  JOB_NOT_DETERMINISTIC: user, // Coordinator and worker built different graphs.
  JOB_INVALID: user, // The graph or a setting cannot be run as it stands.
  STEP_NAME_DUPLICATE: user, // Two steps have one name.
  STEP_NAME_INVALID: user, // A required name is missing or malformed.
  PARAMETER_INVALID: user, // One or more parameters are missing or wrong; all are listed.
  DURATION_INVALID: user, // A text is not a duration such as '10s'.
  SETTING_INVALID: user, // A setting is out of its range.
  SCHEMA_ASYNC: user, // A Standard Schema validated asynchronously.
  SINK_NEEDS_CHECKPOINTS: user, // An exactly-once sink without checkpoints or durable storage.
  USAGE: user, // The command line is wrong.

  // Records, keys and user functions.
  RECORD_NOT_ENCODABLE: user, // A record holds a function, symbol, class instance or cycle.
  RECORD_TOO_LARGE: user, // An encoded record exceeds 64 MiB.
  RECORD_MALFORMED: user, // A source could not decode a record and its policy is `fail`.
  OUTPUT_TOO_LARGE: user, // One call of a user function emitted more than 64 MiB.
  KEY_INVALID: user, // A key is not a string, number, bigint, boolean or a small tuple of these.
  BUCKET_INVALID: user, // A bucket of the file sink is no plain relative folder.
  TIMESTAMP_INVALID: user, // An event time is not a finite number of milliseconds.
  TIMERS_ENDLESS: user, // Timers at the end of input each set the next one, and never end.
  USER_FUNCTION_FAILED: { domain: 'user', retry: 'restart' }, // A user function threw.
  ASYNC_TIMEOUT: { domain: 'user', retry: 'restart' }, // A mapAsync call did not answer in time.
  STATE_INVALID: user, // A value does not fit the schema of its state.
  STATE_FROZEN: user, // Stored state or an emitted record was changed in place.

  // The world around.
  SOURCE_CHANGED: { domain: 'external', retry: 'never' }, // A file shrank, changed or is gone.
  SOURCE_UNREADABLE: external, // A source could not be read.
  SINK_FAILED: external, // A sink could not write or prepare.
  SINK_FOREIGN_HISTORY: user, // The sink holds results of the job under another log id.
  COMMIT_IMPOSSIBLE: { domain: 'external', retry: 'never' }, // A promised commit cannot be kept.
  COMMIT_FAILED: { domain: 'external', retry: 'backoff' }, // A commit failed and is tried again.
  STORAGE_FULL: external, // No space is left.
  STORAGE_FORBIDDEN: { domain: 'external', retry: 'never' }, // Rights are missing.
  STORAGE_UNSUPPORTED: { domain: 'external', retry: 'never' }, // No hard links, or not durable.
  STORAGE_FAILED: external, // Reading or writing the checkpoint storage failed.
  STATE_STORE_MISSING: user, // The library of the chosen state backend is not installed.
  STATE_STORE_LOCKED: external, // Another run has the folder of the state open.
  STATE_STORE_FAILED: external, // The folder of the state cannot be read or written.
  KAFKA_UNREACHABLE: external, // No connection to a broker, or none that lasts.
  KAFKA_NOT_A_BROKER: user, // Something else answers at the address of a broker.
  KAFKA_TLS_FAILED: user, // TLS with a broker could not be agreed on.
  KAFKA_AUTHENTICATION_FAILED: user, // A broker does not accept who we are, or it is a false one.
  KAFKA_FORBIDDEN: user, // A right on a topic, group, transactional id or the cluster is missing.
  KAFKA_BROKER_TOO_OLD: user, // A broker does not speak what is needed of the protocol.
  KAFKA_ANSWER_MALFORMED: external, // The bytes of an answer are no answer.
  KAFKA_REQUEST_FAILED: external, // A broker refused a request, or it failed for too long.
  KAFKA_RECORDS_DAMAGED: external, // A record batch fails its checksum or cannot be decoded.
  KAFKA_RECORDS_UNSUPPORTED: { domain: 'external', retry: 'never' }, // An old format, or a codec.
  KAFKA_RECORDS_TOO_LARGE: user, // A record or a decompressed batch is above its limit.
  KAFKA_REGISTRY_UNREACHABLE: external, // The schema registry does not answer, or with 5xx.
  KAFKA_REGISTRY_REFUSED: user, // The registry refuses this client, or it is something else.
  KAFKA_SCHEMA_NOT_FOUND: user, // The registry has no such schema, subject or version.
  KAFKA_SCHEMA_INCOMPATIBLE: user, // A schema does not fit those that its subject has already.
  KAFKA_SCHEMA_INVALID: user, // A schema does not parse, or is of another language.
  KAFKA_TOPIC_MISSING: user, // A topic or partition that the job names does not exist.
  KAFKA_TOPIC_CHANGED: { domain: 'external', retry: 'never' }, // Deleted, perhaps made anew.
  KAFKA_OFFSET_MISSING: user, // It is not said where a partition begins.
  KAFKA_OFFSET_OUT_OF_RANGE: { domain: 'external', retry: 'never' }, // Deleted before it was read.
  KAFKA_TRANSACTION_TIME: external, // A transaction would not outlive its checkpoint.
  KAFKA_LEDGER_MISSING: user, // The topic of the ledger is missing and may not be made.
  KAFKA_TRANSACTION_NOT_ENDED: user, // `sluice kafka txn` may not end it, or could not.
  KAFKA_TOOLS_MISSING: user, // The command line does not find the package @sluice/kafka.
  KAFKA_LOG_TRUNCATED: { domain: 'external', retry: 'never' }, // The cluster lost what was read.

  // Checkpoints.
  CHECKPOINT_DAMAGED: { domain: 'external', retry: 'never' }, // A checksum does not match.
  CHECKPOINT_FORMAT_NEWER: user, // Written by a newer version of Sluice.
  CHECKPOINT_FOREIGN_JOB: user, // The folder belongs to another job.
  CHECKPOINT_INCOMPATIBLE: user, // State, sources or sinks do not match the job.
  CHECKPOINT_NOT_FOUND: user, // The checkpoint that was asked for is not there.
  SAVEPOINT_EXISTS: user, // Another savepoint, or something else, is where one should be written.
  CHECKPOINT_FAILED: internal, // A checkpoint failed; more than are tolerated.
  FENCED: { domain: 'external', retry: 'fence' }, // A newer run of the job has taken over.

  // Workers and the engine itself.
  WORKER_DIED: internal, // A worker ended without being asked.
  WORKER_OUT_OF_MEMORY: { domain: 'user', retry: 'restart' }, // A worker reached its memory limit.
  RESTARTS_EXHAUSTED: { domain: 'internal', retry: 'never' }, // The restart strategy gives up.
  CODEC_DAMAGED: internal, // Bytes of a channel or a segment cannot be decoded.
  INVARIANT_BROKEN: { domain: 'internal', retry: 'never' }, // An assertion of the engine failed.
} as const satisfies Record<string, CodeProperties>

/** The code of an error: the same for ever, with a section in docs/errors.md. */
export type ErrorCode = keyof typeof errorCodes

/** Where an error happened, as far as it is known. */
export interface ErrorPlace {
  readonly step?: string
  readonly subtask?: number
  readonly checkpoint?: number
  readonly sink?: string
  readonly file?: string
}

export interface SluiceErrorOptions {
  /** One sentence: how to mend it. */
  readonly hint?: string
  readonly where?: ErrorPlace
  readonly cause?: unknown
}

/** The form in which an error crosses a thread, since structured clone drops class and fields. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
  readonly where?: ErrorPlace
  readonly stack?: string
  readonly cause?: WireCause
}

interface WireCause {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

/**
 * The one error class of Sluice.
 *
 * @example
 * throw new SluiceError('DURATION_INVALID', "'10 seconds' is not a duration.", {
 *   hint: "Write a number and a unit: '500ms', '10s', '5m', '1h', '1d'.",
 * })
 */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly domain: ErrorDomain
  readonly retry: Retry
  readonly where: ErrorPlace
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SluiceError'
    this.code = code
    this.domain = errorCodes[code].domain
    this.retry = errorCodes[code].retry
    this.where = options.where ?? {}
    this.hint = options.hint
  }

  /** The same error with more said about its place; what was known already stays. */
  at(where: ErrorPlace): SluiceError {
    const error = new SluiceError(this.code, this.message, {
      where: { ...where, ...this.where },
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    })
    if (this.stack !== undefined) error.stack = this.stack
    return error
  }

  toWire(): WireError {
    const cause = this.cause === undefined ? undefined : causeToWire(this.cause)
    return {
      code: this.code,
      message: this.message,
      where: this.where,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
      ...(cause === undefined ? {} : { cause }),
    }
  }

  static fromWire(wire: WireError): SluiceError {
    const error = new SluiceError(wire.code, wire.message, {
      ...(wire.where === undefined ? {} : { where: wire.where }),
      ...(wire.hint === undefined ? {} : { hint: wire.hint }),
      ...(wire.cause === undefined ? {} : { cause: causeFromWire(wire.cause) }),
    })
    if (wire.stack !== undefined) error.stack = wire.stack
    return error
  }

  /** Any thrown value as a SluiceError; one that is one already is returned as it is. */
  static from(thrown: unknown, code: ErrorCode, what: string, where: ErrorPlace = {}): SluiceError {
    if (thrown instanceof SluiceError) return thrown.at(where)
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return new SluiceError(code, `${what}: ${reason}`, { where, cause: thrown })
  }
}

function causeToWire(cause: unknown): WireCause {
  if (!(cause instanceof Error)) return { name: 'Error', message: String(cause) }
  const { name, message, stack } = cause
  return stack === undefined ? { name, message } : { name, message, stack }
}

function causeFromWire(wire: WireCause): Error {
  const cause = new Error(wire.message)
  cause.name = wire.name
  if (wire.stack !== undefined) cause.stack = wire.stack
  return cause
}

/** Stops the run when an invariant of the engine does not hold; on in production. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) {
    throw new SluiceError(
      'INVARIANT_BROKEN',
      `An invariant of the engine is broken: ${invariant}`,
      {
        hint: 'This is a defect of Sluice. Please report it with the log of the run.',
      },
    )
  }
}
