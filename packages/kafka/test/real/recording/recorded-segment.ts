// A fixture: the bytes of a log segment that another client had a broker write, and what Kafka's
// own reader finds in them.

/** Bytes are base64 everywhere. */
export interface RecordedSegment {
  readonly name: string
  readonly writtenBy: 'java' | 'kafkajs'
  /** Which of the samples its records are, where they are not told one by one. */
  readonly sample: 'shapes' | 'large' | 'other'
  /** The whole segment: batches one after the other, as a fetch would hand them out. */
  readonly bytes: string
  readonly batches: readonly RecordedBatch[]
}

/** The fields as Kafka's reader gives them. */
export interface RecordedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly sizeBytes: number
  readonly partitionLeaderEpoch: number
  readonly checksum: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly isTransactional: boolean
  readonly isControl: boolean
  /** Only after compaction. */
  readonly deleteHorizonMs?: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly count: number
  /** Left out where the segment is the large sample. */
  readonly records?: readonly RecordedRecord[]
}

export interface RecordedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
  /** In control batches: the kind of marker. */
  readonly control?: 'COMMIT' | 'ABORT'
  readonly coordinatorEpoch?: number
}
