// The error codes of Kafka's protocol, and what a client does about each. What it means for a
// transaction of which the end was asked for is another table, in `transaction/`.

/** What to do about an error. */
export type ErrorClass =
  /** No error. */
  | 'none'
  /** The same request to the same broker, after a pause. */
  | 'retriable'
  /** Something has moved: look again who leads or coordinates, then as above. */
  | 'refresh'
  /** The transaction is to be aborted; the producer can go on with another one. */
  | 'abortable'
  /** A newer producer or member has taken the place. */
  | 'fenced'
  /** A right is missing. */
  | 'forbidden'
  /** The same request gets the same answer. */
  | 'fatal'

export interface KafkaError {
  readonly code: number
  readonly name: string
  readonly class: ErrorClass
  /** A part of a sentence: what has happened. */
  readonly reason: string
  /** Whether the request may have been carried out even so. */
  readonly mayBeDone: boolean
}

type Row = readonly [code: number, name: string, errorClass: ErrorClass, reason: string]

const rows: readonly Row[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'fatal', 'the broker failed; its log says why'],
  [0, 'NONE', 'none', 'nothing is wrong'],
  [1, 'OFFSET_OUT_OF_RANGE', 'fatal', 'the offset is below the first or above the last record'],
  [2, 'CORRUPT_MESSAGE', 'retriable', 'the broker found the records damaged, or without a key'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'refresh', 'the broker has no such partition, or not yet'],
  [4, 'INVALID_FETCH_SIZE', 'fatal', 'the size of the fetch is not allowed'],
  [5, 'LEADER_NOT_AVAILABLE', 'refresh', 'the partition has no leader at the moment'],
  [6, 'NOT_LEADER_OR_FOLLOWER', 'refresh', 'the broker does not lead the partition any more'],
  [7, 'REQUEST_TIMED_OUT', 'retriable', 'the broker did not get it done in time'],
  [8, 'BROKER_NOT_AVAILABLE', 'refresh', 'the broker is not available'],
  [9, 'REPLICA_NOT_AVAILABLE', 'refresh', 'the replica is not available'],
  [10, 'MESSAGE_TOO_LARGE', 'fatal', 'a batch is above the size that the topic allows'],
  [11, 'STALE_CONTROLLER_EPOCH', 'refresh', 'the controller has moved'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'fatal', 'the text beside the offset is too long'],
  [13, 'NETWORK_EXCEPTION', 'refresh', 'the broker lost a connection before it had an answer'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'retriable', 'the coordinator is still loading'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'refresh', 'the coordinator is not available, or not yet'],
  [16, 'NOT_COORDINATOR', 'refresh', 'the broker is not the coordinator any more'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'fatal', 'the topic cannot have this name, or be used like this'],
  [18, 'RECORD_LIST_TOO_LARGE', 'fatal', 'a batch is larger than a segment of the log'],
  [19, 'NOT_ENOUGH_REPLICAS', 'retriable', 'too few replicas are in sync'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retriable', 'written, but to too few replicas'],
  [
    21,
    'INVALID_REQUIRED_ACKS',
    'fatal',
    'the acknowledgements that were asked for are not allowed',
  ],
  [22, 'ILLEGAL_GENERATION', 'fenced', 'the group has another generation by now'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'fatal', 'the members of the group agree on no protocol'],
  [24, 'INVALID_GROUP_ID', 'fatal', 'a group cannot have this id'],
  [25, 'UNKNOWN_MEMBER_ID', 'fenced', 'the coordinator does not know this member'],
  [26, 'INVALID_SESSION_TIMEOUT', 'fatal', 'the session timeout is not allowed'],
  [27, 'REBALANCE_IN_PROGRESS', 'retriable', 'the group is being distributed anew'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'fatal', 'what should be committed is too large'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'forbidden', 'a right on the topic is missing'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'forbidden', 'a right on the group is missing'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'forbidden', 'a right on the cluster is missing'],
  [32, 'INVALID_TIMESTAMP', 'fatal', 'the time of a record is further off than the topic allows'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'fatal', 'the broker does not take this mechanism'],
  [34, 'ILLEGAL_SASL_STATE', 'fatal', 'authentication is not expected here, or not now'],
  [35, 'UNSUPPORTED_VERSION', 'fatal', 'the broker does not speak this version'],
  [36, 'TOPIC_ALREADY_EXISTS', 'fatal', 'there is such a topic already'],
  [37, 'INVALID_PARTITIONS', 'fatal', 'a topic cannot have so many partitions'],
  [38, 'INVALID_REPLICATION_FACTOR', 'fatal', 'there are fewer brokers than replicas are wanted'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'fatal', 'the replicas cannot be placed like this'],
  [40, 'INVALID_CONFIG', 'fatal', 'a setting is wrong'],
  [41, 'NOT_CONTROLLER', 'refresh', 'the broker is not the controller any more'],
  [42, 'INVALID_REQUEST', 'fatal', 'the broker takes the request for nonsense; its log says why'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'fatal', 'the records of the topic are too old for it'],
  [44, 'POLICY_VIOLATION', 'fatal', 'a rule of the cluster forbids it'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'abortable', 'batches before this one are missing'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'abortable', 'the batch was written before, long ago'],
  [47, 'INVALID_PRODUCER_EPOCH', 'fenced', 'the producer has a newer epoch'],
  [48, 'INVALID_TXN_STATE', 'fatal', 'the transaction is in no state for it'],
  [
    49,
    'INVALID_PRODUCER_ID_MAPPING',
    'fatal',
    'the transactional id has another producer, or none',
  ],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'fatal', 'the timeout is above transaction.max.timeout.ms'],
  [51, 'CONCURRENT_TRANSACTIONS', 'retriable', 'the last transaction is still being ended'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', 'fenced', 'a coordinator was replaced by another'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'forbidden', 'no right on the transactional id'],
  [54, 'SECURITY_DISABLED', 'fatal', 'the cluster has no security'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'retriable', 'another part of the request failed first'],
  [56, 'KAFKA_STORAGE_ERROR', 'refresh', 'a disk of the broker fails'],
  [57, 'LOG_DIR_NOT_FOUND', 'fatal', 'the broker has no such log directory'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'forbidden', 'user name, password or token are wrong'],
  [59, 'UNKNOWN_PRODUCER_ID', 'abortable', 'the broker does not remember the producer'],
  [60, 'REASSIGNMENT_IN_PROGRESS', 'retriable', 'partitions are being moved'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'fatal', 'the cluster has no delegation tokens'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', 'fatal', 'there is no such delegation token'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', 'forbidden', 'the delegation token is somebody else’s'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 'forbidden', 'no delegation token on such a way'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'forbidden', 'no right on the delegation token'],
  [66, 'DELEGATION_TOKEN_EXPIRED', 'forbidden', 'the delegation token has expired'],
  [67, 'INVALID_PRINCIPAL_TYPE', 'fatal', 'there is no such kind of principal'],
  [68, 'NON_EMPTY_GROUP', 'fatal', 'the group has members'],
  [69, 'GROUP_ID_NOT_FOUND', 'fatal', 'there is no such group'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'retriable', 'the broker has forgotten the fetch session'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'retriable', 'the fetch session is at another place'],
  [72, 'LISTENER_NOT_FOUND', 'refresh', 'the leader has no listener of this name'],
  [73, 'TOPIC_DELETION_DISABLED', 'fatal', 'the cluster deletes no topics'],
  [74, 'FENCED_LEADER_EPOCH', 'refresh', 'the partition has a newer leader'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'refresh', 'the broker does not know the newest leader yet'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'fatal', 'the compression is not known there'],
  [77, 'STALE_BROKER_EPOCH', 'refresh', 'the broker was started anew'],
  [78, 'OFFSET_NOT_AVAILABLE', 'retriable', 'a new leader does not know its offsets yet'],
  [79, 'MEMBER_ID_REQUIRED', 'retriable', 'a member needs an id first'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'refresh', 'the preferred leader is not available'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'fatal', 'the group is full'],
  [82, 'FENCED_INSTANCE_ID', 'fenced', 'another member has taken this instance id'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'refresh', 'no replica can lead at the moment'],
  [84, 'ELECTION_NOT_NEEDED', 'fatal', 'the partition needs no other leader'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', 'fatal', 'no partition is being moved'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'fatal', 'the group reads the topic at the moment'],
  [87, 'INVALID_RECORD', 'fatal', 'the broker refuses a record'],
  [88, 'UNSTABLE_OFFSET_COMMIT', 'retriable', 'an open transaction may still change the offset'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'retriable', 'a quota is used up for now'],
  [90, 'PRODUCER_FENCED', 'fenced', 'the transactional id has a newer producer'],
  [91, 'RESOURCE_NOT_FOUND', 'fatal', 'there is no such resource'],
  [92, 'DUPLICATE_RESOURCE', 'fatal', 'the request names a resource twice'],
  [93, 'UNACCEPTABLE_CREDENTIAL', 'fatal', 'the credential is not acceptable'],
  [94, 'INCONSISTENT_VOTER_SET', 'fatal', 'the voters of the quorum differ'],
  [95, 'INVALID_UPDATE_VERSION', 'retriable', 'somebody changed it at the same time'],
  [96, 'FEATURE_UPDATE_FAILED', 'fatal', 'a feature could not be changed'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'fatal', 'the brokers disagree on who we are'],
  [98, 'SNAPSHOT_NOT_FOUND', 'fatal', 'there is no such snapshot'],
  [99, 'POSITION_OUT_OF_RANGE', 'fatal', 'there is no such position in the snapshot'],
  [100, 'UNKNOWN_TOPIC_ID', 'refresh', 'the broker has no topic of this id, or not yet'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', 'fatal', 'there is such a broker already'],
  [102, 'BROKER_ID_NOT_REGISTERED', 'fatal', 'there is no such broker'],
  [103, 'INCONSISTENT_TOPIC_ID', 'refresh', 'the topic was made anew under another id'],
  [104, 'INCONSISTENT_CLUSTER_ID', 'fatal', 'it is another cluster'],
  [
    105,
    'TRANSACTIONAL_ID_NOT_FOUND',
    'fatal',
    'the coordinator does not know the transactional id',
  ],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'retriable', 'the fetch session names topics otherwise'],
  [107, 'INELIGIBLE_REPLICA', 'fatal', 'the replica cannot be in sync'],
  [108, 'NEW_LEADER_ELECTED', 'refresh', 'the partition has a new leader'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'refresh', 'the offset lies in the remote storage'],
  [110, 'FENCED_MEMBER_EPOCH', 'fenced', 'the group has a newer epoch of this member'],
  [111, 'UNRELEASED_INSTANCE_ID', 'retriable', 'another member still has this instance id'],
  [112, 'UNSUPPORTED_ASSIGNOR', 'fatal', 'the group does not know this way to assign'],
  [113, 'STALE_MEMBER_EPOCH', 'retriable', 'the member has a newer epoch'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', 'fatal', 'it is a controller where a broker is wanted'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', 'fatal', 'there is no such kind of endpoint'],
  [116, 'UNKNOWN_CONTROLLER_ID', 'refresh', 'there is no such controller'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', 'fatal', 'the subscription of metrics is out of date'],
  [118, 'TELEMETRY_TOO_LARGE', 'fatal', 'the metrics are too large'],
  [119, 'INVALID_REGISTRATION', 'fatal', 'the registration of the broker is not valid'],
  [120, 'TRANSACTION_ABORTABLE', 'abortable', 'the transaction cannot go on; an abort frees it'],
  [121, 'INVALID_RECORD_STATE', 'fatal', 'the record was acknowledged otherwise'],
  [122, 'SHARE_SESSION_NOT_FOUND', 'retriable', 'the broker has forgotten the share session'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', 'retriable', 'the share session is at another place'],
  [124, 'FENCED_STATE_EPOCH', 'fenced', 'the share group has newer state'],
  [125, 'INVALID_VOTER_KEY', 'fatal', 'the key of the voter is another'],
  [126, 'DUPLICATE_VOTER', 'fatal', 'it is a voter already'],
  [127, 'VOTER_NOT_FOUND', 'fatal', 'it is no voter'],
  [128, 'INVALID_REGULAR_EXPRESSION', 'fatal', 'the pattern of topics is none'],
  [129, 'REBOOTSTRAP_REQUIRED', 'refresh', 'what is known of the cluster is out of date'],
  [130, 'STREAMS_INVALID_TOPOLOGY', 'fatal', 'the topology is not valid'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'fatal', 'the epoch of the topology is not valid'],
  [132, 'STREAMS_TOPOLOGY_FENCED', 'fenced', 'the group has a newer topology'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', 'retriable', 'the broker has no room for a share session'],
]

/** The broker gave up waiting, or failed in the middle: what it began may be there. */
const mayBeDone = new Set([-1, 7, 13, 20, 46, 56])

const byCode = new Map<number, KafkaError>(
  rows.map(([code, name, errorClass, reason]) => [
    code,
    { code, name, class: errorClass, reason, mayBeDone: mayBeDone.has(code) },
  ]),
)

/** Of any number: one that is not known is fatal, since trying again would be a guess. */
export function errorOf(code: number): KafkaError {
  const reason = 'the broker is newer than this list of errors'
  return (
    byCode.get(code) ?? {
      code,
      name: `UNKNOWN_ERROR_${code}`,
      class: 'fatal',
      reason,
      mayBeDone: true,
    }
  )
}

/** `NOT_COORDINATOR (16): the broker is not the coordinator any more`. */
export function errorText(code: number): string {
  const { name, reason } = errorOf(code)
  return `${name} (${code}): ${reason}`
}
