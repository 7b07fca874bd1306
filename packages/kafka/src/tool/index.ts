// What `@sluice/kafka/tool` has for the command line.

export { openKafkaTools } from './kafka-tools.ts'
