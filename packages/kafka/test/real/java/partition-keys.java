// The partitions that Kafka's own partitioner chooses for keys: lines of base64 on the standard
// input, and for each a line with its partition of 1, of 7 and of 64 on the standard output.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

class PartitionKeys {
  public static void main(String[] args) throws Exception {
    var out = new StringBuilder();
    try (var in = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line; (line = in.readLine()) != null; ) {
        byte[] key = Base64.getDecoder().decode(line);
        for (int partitions : new int[] {1, 7, 64}) {
          out.append(BuiltInPartitioner.partitionForKey(key, partitions)).append(' ');
        }
        out.append('\n');
      }
    }
    System.out.print(out);
  }
}
