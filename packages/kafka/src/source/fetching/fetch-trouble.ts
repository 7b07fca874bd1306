// What the error of one partition in a fetch asks for.

/**
 * - `moved`: another broker leads the partition, or this one does not know it yet: ask who leads.
 * - `busy`: the same again after a pause.
 * - `unknown-topic`: no topic has this id here: deleted, or not known everywhere yet.
 * - `out-of-range`: no record is at the offset.
 * - `forbidden`, `broken`: asking again changes nothing.
 */
export type FetchTrouble =
  | 'moved'
  | 'busy'
  | 'unknown-topic'
  | 'out-of-range'
  | 'forbidden'
  | 'broken'

const troubles: ReadonlyMap<number, FetchTrouble> = new Map([
  [1, 'out-of-range'],
  [3, 'unknown-topic'], // UNKNOWN_TOPIC_OR_PARTITION
  [5, 'moved'], // LEADER_NOT_AVAILABLE
  [6, 'moved'], // NOT_LEADER_OR_FOLLOWER
  [7, 'busy'], // REQUEST_TIMED_OUT
  [9, 'moved'], // REPLICA_NOT_AVAILABLE
  [13, 'busy'], // NETWORK_EXCEPTION
  [29, 'forbidden'], // TOPIC_AUTHORIZATION_FAILED
  [56, 'moved'], // KAFKA_STORAGE_ERROR
  [74, 'moved'], // FENCED_LEADER_EPOCH
  [75, 'moved'], // UNKNOWN_LEADER_EPOCH: the broker lags behind what we know
  [78, 'busy'], // OFFSET_NOT_AVAILABLE: a new leader does not know its high watermark yet
  [100, 'unknown-topic'], // UNKNOWN_TOPIC_ID
  [103, 'unknown-topic'], // INCONSISTENT_TOPIC_ID
  [-1, 'busy'], // UNKNOWN_SERVER_ERROR
])

/** Undefined for no error; what is not known is `broken`. */
export function troubleOf(errorCode: number): FetchTrouble | undefined {
  return errorCode === 0 ? undefined : (troubles.get(errorCode) ?? 'broken')
}
