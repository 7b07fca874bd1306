// Kafka's own producer, told what to do as JSON on its standard input: a list of producers, each
// with its configuration and its steps. Ends with an error when a step fails.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

class WriteRecords {
  public static void main(String[] args) throws Exception {
    for (JsonNode producer : new ObjectMapper().readTree(System.in)) run(producer);
  }

  static void run(JsonNode script) throws Exception {
    Map<String, Object> config = new HashMap<>();
    script.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<byte[], byte[]>(config, bytes, bytes)) {
      if (config.containsKey("transactional.id")) producer.initTransactions();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (JsonNode step : script.get("steps")) {
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
          default -> throw new IllegalArgumentException(step.toString());
        }
      }
      producer.flush();
      for (var each : sent) each.get();
    }
  }

  static ProducerRecord<byte[], byte[]> recordOf(JsonNode step, JsonNode record) throws IOException {
    Integer partition = step.hasNonNull("partition") ? step.get("partition").asInt() : null;
    Long timestamp = record.hasNonNull("timestamp") ? record.get("timestamp").asLong() : null;
    var made =
        new ProducerRecord<>(
            step.get("topic").asText(),
            partition,
            timestamp,
            bytesOf(record.get("key")),
            bytesOf(record.get("value")));
    for (JsonNode header : record.get("headers")) {
      made.headers().add(header.get(0).asText(), bytesOf(header.get(1)));
    }
    return made;
  }

  static byte[] bytesOf(JsonNode base64) {
    return base64.isNull() ? null : Base64.getDecoder().decode(base64.asText());
  }
}
