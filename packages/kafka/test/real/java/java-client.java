// Kafka's own clients for tests: a line of JSON on the standard input is a command, a line on the
// standard output its answer. It ends when its input does. The argument is the configuration that
// all clients share.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

class JavaClient {
  static final ObjectMapper json = new ObjectMapper();
  static JsonNode shared;
  static Admin admin;

  public static void main(String[] args) throws Exception {
    shared = json.readTree(args[0]);
    admin = Admin.create(properties(Map.of()));
    try (var in = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line; (line = in.readLine()) != null; ) {
        System.out.println(json.writeValueAsString(answerTo(json.readTree(line))));
      }
    }
    admin.close(Duration.ZERO);
  }

  static Map<String, Object> answerTo(JsonNode command) {
    var answer = new LinkedHashMap<String, Object>();
    try {
      answer.put("result", run(command));
    } catch (ExecutionException failure) {
      answer.put("error", failure.getCause().toString());
    } catch (Exception failure) {
      answer.put("error", failure.toString());
    }
    return answer;
  }

  static Object run(JsonNode command) throws Exception {
    return switch (command.get("do").asText()) {
      case "produce" -> produce(command.get("producers"));
      case "read" -> read(command.get("topic").asText(), command.get("isolation").asText());
      case "createTopic" -> createTopic(command);
      case "deleteTopic" -> admin.deleteTopics(List.of(command.get("topic").asText())).all().get();
      case "addPartitions" -> addPartitions(command);
      case "configure" -> configure(command);
      case "deleteRecords" -> deleteRecords(command);
      case "reassign" -> reassign(command);
      case "electLeader" ->
          admin.electLeaders(ElectionType.PREFERRED, Set.of(partitionOf(command))).all().get();
      case "leader" -> leaderOf(command);
      case "transactions" -> transactions();
      case "fence" ->
          admin.fenceProducers(List.of(command.get("transactionalId").asText())).all().get();
      case "features" -> features();
      case "groupOffsets" -> groupOffsets(command.get("group").asText());
      default -> throw new IllegalArgumentException("no such command: " + command);
    };
  }

  static Properties properties(Map<String, Object> own) {
    var properties = new Properties();
    shared.fields().forEachRemaining(e -> properties.put(e.getKey(), e.getValue().asText()));
    properties.putAll(own);
    return properties;
  }

  static TopicPartition partitionOf(JsonNode command) {
    return new TopicPartition(command.get("topic").asText(), command.get("partition").asInt());
  }

  static Object produce(JsonNode producers) throws Exception {
    List<Object> places = new ArrayList<>();
    for (JsonNode script : producers) {
      Map<String, Object> own = new HashMap<>();
      script.get("config").fields().forEachRemaining(e -> own.put(e.getKey(), e.getValue().asText()));
      var bytes = new ByteArraySerializer();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      try (var producer = new KafkaProducer<byte[], byte[]>(properties(own), bytes, bytes)) {
        if (own.containsKey("transactional.id")) producer.initTransactions();
        for (JsonNode step : script.get("steps")) take(step, producer, sent);
      }
      for (var each : sent) {
        places.add(Map.of("partition", each.get().partition(), "offset", each.get().offset()));
      }
    }
    return places;
  }

  static void take(
      JsonNode step, KafkaProducer<byte[], byte[]> producer, List<Future<RecordMetadata>> sent) {
    switch (step.get("do").asText()) {
      case "begin" -> producer.beginTransaction();
      case "send" -> {
        for (JsonNode record : step.get("records")) sent.add(producer.send(recordOf(step, record)));
      }
      case "flush" -> producer.flush();
      case "commit" -> producer.commitTransaction();
      case "abort" -> {
        producer.flush();
        producer.abortTransaction();
      }
      case "leave" -> {
        producer.flush();
        producer.close(Duration.ZERO);
      }
      default -> throw new IllegalArgumentException("no such step: " + step);
    }
  }

  static ProducerRecord<byte[], byte[]> recordOf(JsonNode step, JsonNode record) {
    Integer partition = step.hasNonNull("partition") ? step.get("partition").asInt() : null;
    Long timestamp = record.hasNonNull("timestamp") ? record.get("timestamp").asLong() : null;
    byte[] key = bytesOf(record.get("key"));
    byte[] value = bytesOf(record.get("value"));
    var made =
        new ProducerRecord<>(step.get("topic").asText(), partition, timestamp, key, value);
    for (JsonNode header : record.path("headers")) {
      made.headers().add(header.get(0).asText(), bytesOf(header.get(1)));
    }
    return made;
  }

  /** Reads each partition from its beginning to the end that the isolation has at this moment. */
  static Object read(String topic, String isolation) {
    var own = Map.<String, Object>of("isolation.level", isolation, "auto.offset.reset", "earliest");
    var bytes = new ByteArrayDeserializer();
    List<Object> records = new ArrayList<>();
    List<Object> partitions = new ArrayList<>();
    try (var consumer = new KafkaConsumer<>(properties(own), bytes, bytes)) {
      var all =
          consumer.partitionsFor(topic).stream()
              .map(each -> new TopicPartition(topic, each.partition()))
              .toList();
      if (all.isEmpty()) throw new IllegalArgumentException("there is no topic " + topic);
      consumer.assign(all);
      consumer.seekToBeginning(all);
      var begins = consumer.beginningOffsets(all);
      var ends = consumer.endOffsets(all);
      var highWatermarks = highWatermarks(all);
      while (all.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          var end = ends.get(new TopicPartition(topic, record.partition()));
          if (record.offset() < end) records.add(described(record));
        }
      }
      for (var each : all) {
        partitions.add(
            Map.of(
                "partition", each.partition(),
                "begin", begins.get(each),
                "end", ends.get(each),
                "highWatermark", highWatermarks.get(each)));
      }
    }
    return Map.of("records", records, "partitions", partitions);
  }

  static Map<TopicPartition, Long> highWatermarks(List<TopicPartition> all) {
    var own = Map.<String, Object>of("isolation.level", "read_uncommitted");
    var bytes = new ByteArrayDeserializer();
    try (var consumer = new KafkaConsumer<>(properties(own), bytes, bytes)) {
      return consumer.endOffsets(all);
    }
  }

  static Map<String, Object> described(ConsumerRecord<byte[], byte[]> record) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("partition", record.partition());
    fields.put("offset", record.offset());
    fields.put("timestamp", record.timestamp());
    fields.put("key", textOf(record.key()));
    fields.put("value", textOf(record.value()));
    fields.put(
        "headers",
        StreamSupport.stream(record.headers().spliterator(), false)
            .map(header -> Arrays.asList(header.key(), textOf(header.value())))
            .toList());
    return fields;
  }

  static Object createTopic(JsonNode command) throws Exception {
    Map<String, String> config = new HashMap<>();
    command.path("properties").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
    var name = command.get("topic").asText();
    var topic = new NewTopic(name, command.get("partitions").asInt(), command.get("replicas").numberValue().shortValue());
    admin.createTopics(List.of(topic.configs(config))).all().get();
    while (!hasLeaders(name)) Thread.sleep(10);
    return null;
  }

  /** A topic that was just created is not known everywhere at once. */
  static boolean hasLeaders(String topic) throws Exception {
    try {
      var partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
      return partitions.stream().allMatch(each -> each.leader() != null && !each.leader().isEmpty());
    } catch (ExecutionException unknown) {
      if (unknown.getCause() instanceof UnknownTopicOrPartitionException) return false;
      throw unknown;
    }
  }

  static Object addPartitions(JsonNode command) throws Exception {
    var total = NewPartitions.increaseTo(command.get("total").asInt());
    return admin.createPartitions(Map.of(command.get("topic").asText(), total)).all().get();
  }

  /** Settings of a topic, or of all brokers where none is named. */
  static Object configure(JsonNode command) throws Exception {
    var resource =
        command.hasNonNull("topic")
            ? new ConfigResource(ConfigResource.Type.TOPIC, command.get("topic").asText())
            : new ConfigResource(ConfigResource.Type.BROKER, "");
    List<AlterConfigOp> changes = new ArrayList<>();
    command.get("properties").fields().forEachRemaining(
        e -> changes.add(new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue().asText()), AlterConfigOp.OpType.SET)));
    return admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
  }

  static Object deleteRecords(JsonNode command) throws Exception {
    var before = RecordsToDelete.beforeOffset(command.get("before").asLong());
    return admin.deleteRecords(Map.of(partitionOf(command), before)).all().get();
  }

  static Object reassign(JsonNode command) throws Exception {
    List<Integer> replicas = new ArrayList<>();
    command.get("replicas").forEach(each -> replicas.add(each.asInt()));
    var wish = Optional.of(new NewPartitionReassignment(replicas));
    admin.alterPartitionReassignments(Map.of(partitionOf(command), wish)).all().get();
    while (!admin.listPartitionReassignments(Set.of(partitionOf(command))).reassignments().get().isEmpty()) {
      Thread.sleep(20);
    }
    return null;
  }

  static Object leaderOf(JsonNode command) throws Exception {
    var topic = command.get("topic").asText();
    var partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
    var leader = partitions.get(command.get("partition").asInt()).leader();
    return leader == null || leader.isEmpty() ? -1 : leader.id();
  }

  static Object transactions() throws Exception {
    List<String> ids = new ArrayList<>();
    for (var each : admin.listTransactions().all().get()) ids.add(each.transactionalId());
    List<Object> described = new ArrayList<>();
    for (var each : admin.describeTransactions(ids).all().get().entrySet()) {
      var is = each.getValue();
      var fields = new LinkedHashMap<String, Object>();
      fields.put("transactionalId", each.getKey());
      fields.put("state", is.state().toString());
      fields.put("producerId", is.producerId());
      fields.put("producerEpoch", is.producerEpoch());
      fields.put("timeoutMs", is.transactionTimeoutMs());
      fields.put("partitions", is.topicPartitions().stream().map(TopicPartition::toString).sorted().toList());
      described.add(fields);
    }
    return described;
  }

  static Object features() throws Exception {
    Map<String, Object> levels = new HashMap<>();
    admin.describeFeatures().featureMetadata().get().finalizedFeatures()
        .forEach((name, range) -> levels.put(name, range.maxVersionLevel()));
    return levels;
  }

  static Object groupOffsets(String group) throws Exception {
    Map<String, Object> offsets = new HashMap<>();
    admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
        .forEach((partition, at) -> offsets.put(partition.toString(), at == null ? null : at.offset()));
    return offsets;
  }

  static byte[] bytesOf(JsonNode base64) {
    return base64 == null || base64.isNull() ? null : Base64.getDecoder().decode(base64.asText());
  }

  static String textOf(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
