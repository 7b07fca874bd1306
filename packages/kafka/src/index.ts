// The public surface of `@sluice/kafka`.

export { avro } from './format/avro/avro.ts'
export type { AvroOptions, AvroShowing } from './format/avro/avro.ts'
export type { AvroSchema, AvroValue } from './format/avro/avro-value.ts'
export { jsonSchema } from './format/json-schema.ts'
export type { JsonSchemaOptions } from './format/json-schema.ts'
export type {
  FormatPlace,
  KafkaFormat,
  RecordDecoder,
  RecordEncoder,
  SchemaFormat,
} from './format/kafka-format.ts'
export { nullable } from './format/nullable.ts'
export type { ProtobufShowing } from './format/protobuf/message-layout.ts'
export { protobuf } from './format/protobuf/protobuf.ts'
export type { ProtobufOptions, ProtobufSchema } from './format/protobuf/protobuf.ts'
export { schemaRegistry } from './format/registry/schema-registry.ts'
export type {
  RegistryAuthentication,
  SchemaRegistry,
  SchemaRegistryOptions,
} from './format/registry/schema-registry.ts'
export type { RegistryFormatOptions } from './format/schema-to-write.ts'
export type { SubjectStrategy } from './format/subject-name.ts'
export type { KafkaConnectionOptions } from './options/kafka-connection.ts'
export type { RecordHeader } from './records/record-headers.ts'
export type { Compression } from './records/compression/compression.ts'
export { kafkaDeadLetterSink } from './sink/dead-letter-sink.ts'
export type { KafkaDeadLetterSinkOptions } from './sink/dead-letter-sink.ts'
export { kafkaSink } from './sink/kafka-sink.ts'
export type {
  KafkaSelectingSinkOptions,
  KafkaSinkOptions,
  KafkaWritingOptions,
} from './sink/kafka-sink.ts'
export type { TopicToMake } from './sink/topic-to-write.ts'
export type { HeadersToWrite } from './sink/writing/record-shape.ts'
export { kafkaSource } from './source/kafka-source.ts'
export type {
  FetchOptions,
  KafkaMessageSourceOptions,
  KafkaReadingOptions,
  KafkaSourceOptions,
} from './source/kafka-source.ts'
export type { KafkaDeadLetter } from './source/partition/kafka-dead-letter.ts'
export type { KafkaSplit, TopicPartition } from './source/partition/kafka-split.ts'
export type { OnMalformed } from '@sluice/core'
export type { KafkaMessage } from './source/partition/message-decoder.ts'
export type { OnOffsetLost } from './source/fetching/partition-fetches.ts'
export type { OffsetsByTopic, StartFrom, StopAt } from './source/discovery/start-position.ts'
export type { SaslOptions, TokenSource } from './wire/connection/security.ts'
