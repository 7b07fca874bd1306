import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseAndRun } from '../src/program.ts'
import { recordedTerminal } from './terminal/recorded-terminal.ts'

const job = fileURLToPath(
  new URL('../../../test/integration/cli/jobs/counting.ts', import.meta.url),
)

async function sluice(argv: string[], environment: Record<string, string> = {}) {
  const terminal = recordedTerminal()
  const invocation = { terminal, environment, folder: process.cwd() }
  const exitCode = await parseAndRun(argv, invocation)
  return { exitCode, out: terminal.outLines.join('\n'), error: terminal.errorLines.join('\n') }
}

describe('help', () => {
  test('lists the commands and the exit codes', async () => {
    const { exitCode, out } = await sluice(['--help'])
    expect(exitCode).toBe(0)
    for (const word of ['run', 'dev', 'plan', 'checkpoint', 'Exit codes:', 'Examples:']) {
      expect(out).toContain(word)
    }
  })

  test.each([
    ['run'],
    ['dev'],
    ['plan'],
    ['checkpoint'],
    ['checkpoint', 'list'],
    ['checkpoint', 'verify'],
  ])('of %s %s has examples', async (...command) => {
    const { exitCode, out } = await sluice([...command, '--help'])
    expect(exitCode).toBe(0)
    expect(out).toContain(`Usage: sluice ${command.join(' ')}`)
    expect(out).toContain('Examples:')
  })

  test('is what one gets without a command, as an error', async () => {
    const { exitCode, out, error } = await sluice([])
    expect(exitCode).toBe(2)
    expect(out).toBe('')
    expect(error).toContain('Usage: sluice')
  })

  test('has a version', async () => {
    expect((await sluice(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/)
  })
})

describe('wrong usage', () => {
  test.each([
    [['rum', 'job.ts'], "Unknown command 'rum'.", 'Did you mean run?'],
    [['run', job, '--parm', 'a=b'], "Unknown option '--parm'.", 'Did you mean --param?'],
    [['checkpoint', 'lst'], "Unknown command 'lst'.", 'Did you mean list?'],
    [['run'], "Missing required argument 'job'.", '--help'],
    [['run', job, 'more'], 'Too many arguments', '--help'],
    [['run', job, '--param', 'x'], "--param 'x' has no name and value.", 'NAME=value'],
    [['run', job, '--parallelism', 'x'], "--parallelism: 'x' is not", '--parallelism 4'],
    [['run', job, '--from', 'x y'], "--from: 'x y' is not", 'with a slash'],
    [['run', job, '--log-level', 'wran'], "--log-level: 'wran'", 'Did you mean warn?'],
    [['plan', job, '--mermaid', '--json'], "Option '--mermaid' cannot be used", '--help'],
    [['checkpoint', 'show', 'x'], "'x' is not the id of a checkpoint.", 'latest'],
    [['checkpoint', 'list', job, '--checkpoints', 'a'], 'say where to look', 'one of them'],
  ])('%j says what is wrong and what is meant', async (argv, message, hint) => {
    await expect(sluice(argv)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })
})

describe('plan', () => {
  test('shows chains, and settings with their origin', async () => {
    const { exitCode, out } = await sluice(['plan', job, '--explain'], { SLUICE_EVERY: '3s' })
    expect(exitCode).toBe(0)
    expect(out).toContain('counting: 2 chains, 4 subtasks in 2 workers')
    expect(out).toMatch(/checkpoint\.every +3 s +SLUICE_EVERY/)
  })

  test('is one JSON value, with nothing else beside it', async () => {
    const { out, error } = await sluice(['plan', job, '--json', '--parallelism', '3'])
    const plan = JSON.parse(out)
    expect(plan).toMatchObject({ job: 'counting', parallelism: 3 })
    expect(plan.chains).toHaveLength(2)
    expect(plan.settings[0]).toMatchObject({ name: 'parallelism', value: 3, origin: 'option' })
    expect(error).toBe('')
  })

  test('warns of a parameter that nobody knows, and lists all that are wrong', async () => {
    const { error } = await sluice(['plan', job, '--param', 'COUNTS=1'])
    expect(error).toContain('Did you mean COUNT?')
    await expect(sluice(['plan', job, '-p', 'COUNT=x', '-p', 'RATE=y'])).rejects.toMatchObject({
      code: 'PARAMETER_INVALID',
      message: expect.stringMatching(/COUNT: .*\n.*RATE: /),
    })
  })
})

describe('checkpoint', () => {
  test('says where it looked when there is nothing', async () => {
    await expect(sluice(['checkpoint', 'list', '--checkpoints', 'nowhere'])).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_FOUND',
      message: 'There are no checkpoints in nowhere: the folder does not exist.',
    })
  })
})
