// What help adds to the list of options: examples that can be copied, and the exit codes.

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`

export const commandExamples = {
  sluice: examples(
    '$ sluice dev job.ts                  run it, watch it, edit it',
    '$ sluice run job.ts                  run it until it ends',
    '$ sluice plan job.ts                 see how it would run',
    '$ sluice checkpoint list job.ts      see its checkpoints',
    '$ sluice state job.ts --key rome     see what it holds for a key',
    '$ sluice stop job.ts --savepoint     stop it, and keep its state aside',
  ),
  run: examples(
    '$ sluice run job.ts',
    '$ sluice run job.ts --param KAFKA_BROKERS=localhost:9092 --parallelism 4',
    '$ sluice run job.ts --every 1s --checkpoints ./checkpoints',
    '$ sluice run job.ts --from 12 --accept-duplicates',
    '$ sluice run job.ts --json | jq .event',
  ),
  dev: examples(
    '$ sluice dev job.ts',
    '$ sluice dev job.ts --param FILE=orders.ndjson',
    '',
    'Keys: q stops with a last checkpoint, r starts anew from one.',
  ),
  plan: examples(
    '$ sluice plan job.ts',
    '$ sluice plan job.ts --explain',
    '$ sluice plan job.ts --mermaid > plan.mmd',
    '$ sluice plan job.ts --from latest          see what of its state still fits',
    '$ sluice plan job.ts --from latest --verify-state',
  ),
  checkpoint: examples(
    '$ sluice checkpoint list job.ts',
    '$ sluice checkpoint show latest job.ts',
    '$ sluice checkpoint verify --checkpoints .sluice/my-job',
    '$ sluice checkpoint create job.ts',
    '$ sluice checkpoint gc job.ts --dry-run',
  ),
  savepoint: examples(
    '$ sluice savepoint create job.ts --name before-upgrade',
    '$ sluice savepoint create job.ts --checkpoint latest --to /backup/shop',
    '$ sluice savepoint list job.ts',
    '$ sluice savepoint show before-upgrade job.ts --verify',
    '$ sluice run job.ts --from before-upgrade --accept-duplicates',
  ),
  read: examples(
    '$ sluice savepoint read latest job.ts --step totals',
    '$ sluice savepoint read savepoints/before --step totals --key rome',
    '$ sluice savepoint read before job.ts --timers | jq .time',
  ),
  edit: examples(
    "$ sluice savepoint edit before after job.ts --step totals --state sum --key rome --value '12'",
    '$ sluice savepoint edit before after job.ts --changes changes.jsonl',
    '$ sluice savepoint bootstrap job.ts savepoints/imported --changes state.jsonl',
  ),
  state: examples(
    '$ sluice state job.ts --step totals --key rome',
    '$ sluice state --checkpoints .sluice/my-job --key-json \'["rome", 7]\'',
  ),
  kafka: examples(
    '$ sluice kafka txn list --brokers localhost:9092',
    '$ sluice kafka txn why orders --brokers localhost:9092',
    '$ sluice kafka txn commit sluice/shop/… job.ts --brokers localhost:9092',
    '$ sluice kafka txn abort sluice/shop/… job.ts --brokers localhost:9092 --yes',
  ),
  doctor: examples(
    '$ sluice doctor --brokers localhost:9092',
    '$ sluice doctor --brokers broker:9093 --tls --topic orders --topic revenue --job shop',
  ),
  stop: examples(
    '$ sluice status job.ts',
    '$ sluice stop job.ts',
    '$ sluice stop job.ts --savepoint before-upgrade',
    '$ sluice stop job.ts --drain',
  ),
} as const

export const exitCodeHelp = `
Exit codes:
  0 done    1 the job failed    2 wrong usage    3 something outside cannot be reached
  4 incompatible state or a damaged checkpoint    5 a newer run has taken over`
