// What Kafka's own reader finds in the log segment files named on the command line: one line of
// JSON for each, a list of its batches with their records.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

class DescribeSegments {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    for (String file : args) {
      try (var segment = FileRecords.open(new File(file), false)) {
        List<Object> batches = new ArrayList<>();
        for (RecordBatch batch : segment.batches()) {
          batch.ensureValid();
          batches.add(describe(batch));
        }
        System.out.println(json.writeValueAsString(batches));
      }
    }
  }

  static Map<String, Object> describe(RecordBatch batch) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("baseOffset", batch.baseOffset());
    fields.put("lastOffset", batch.lastOffset());
    fields.put("sizeBytes", batch.sizeInBytes());
    fields.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
    fields.put("checksum", batch.checksum());
    fields.put("compression", batch.compressionType().name);
    fields.put("timestampType", batch.timestampType().name);
    fields.put("isTransactional", batch.isTransactional());
    fields.put("isControl", batch.isControlBatch());
    batch.deleteHorizonMs().ifPresent(at -> fields.put("deleteHorizonMs", at));
    fields.put("maxTimestamp", batch.maxTimestamp());
    fields.put("producerId", batch.producerId());
    fields.put("producerEpoch", batch.producerEpoch());
    fields.put("baseSequence", batch.baseSequence());
    fields.put("lastSequence", batch.lastSequence());
    fields.put("count", batch.countOrNull());
    List<Object> records = new ArrayList<>();
    for (Record record : batch) records.add(describe(record, batch));
    fields.put("records", records);
    return fields;
  }

  static Map<String, Object> describe(Record record, RecordBatch batch) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("offset", record.offset());
    fields.put("timestamp", record.timestamp());
    fields.put("key", textOf(record.key()));
    fields.put("value", textOf(record.value()));
    fields.put(
        "headers",
        Arrays.stream(record.headers())
            .map(h -> Arrays.asList(h.key(), h.value() == null ? null : textOf(ByteBuffer.wrap(h.value()))))
            .toList());
    if (batch.isControlBatch()) {
      var type = ControlRecordType.parse(record.key());
      fields.put("control", type.name());
      if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
        fields.put("coordinatorEpoch", EndTransactionMarker.deserialize(record).coordinatorEpoch());
      }
    }
    return fields;
  }

  static String textOf(ByteBuffer bytes) {
    if (bytes == null) return null;
    var copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return Base64.getEncoder().encodeToString(copy);
  }
}
