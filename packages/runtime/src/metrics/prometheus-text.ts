// Metrics in Prometheus' text format (version 0.0.4). Base units are Prometheus' own: seconds.

import type { StepMetrics } from './step-metrics.ts'

/** A figure of the job as a whole. */
export interface JobFigure {
  /** Kebab-case: `checkpoints-completed`. */
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly value: number
}

interface Family {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'untyped'
  readonly help: string
  readonly samples: string[]
}

interface StepFigure {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  value(row: StepMetrics): number
}

const stepFigures: readonly StepFigure[] = [
  {
    name: 'step_records_in_total',
    kind: 'counter',
    help: 'Records that the step has taken since the attempt began.',
    value: (row) => row.recordsIn,
  },
  {
    name: 'step_records_out_total',
    kind: 'counter',
    help: 'Records that the step has given since the attempt began.',
    value: (row) => row.recordsOut,
  },
  {
    name: 'step_busy_seconds_total',
    kind: 'counter',
    help: 'Time in which the task of the step worked.',
    value: (row) => row.busyMs / 1000,
  },
  {
    name: 'step_backpressured_seconds_total',
    kind: 'counter',
    help: 'Time in which the task of the step waited for room downstream.',
    value: (row) => row.backpressuredMs / 1000,
  },
  {
    name: 'step_idle_seconds_total',
    kind: 'counter',
    help: 'Time in which the task of the step had nothing to do.',
    value: (row) => row.idleMs / 1000,
  },
  {
    name: 'step_watermark_seconds',
    kind: 'gauge',
    help: 'Event time of the step since 1970; minus infinity for none yet.',
    value: (row) => row.watermark / 1000,
  },
  {
    name: 'step_late_records_total',
    kind: 'counter',
    help: 'Records that came after their windows were closed.',
    value: (row) => row.lateRecords,
  },
]

/** The whole page, with `sluice_` before each name and `job`, `step` and `subtask` as labels. */
export function prometheusText(
  job: string,
  figures: readonly JobFigure[],
  rows: readonly StepMetrics[],
): string {
  const families: Family[] = figures.map(({ name, kind, help, value }) => {
    const family = { name: `sluice_${snakeCase(name)}`, kind, help, samples: [] as string[] }
    addSample(family, { job }, value)
    return family
  })
  for (const { name, kind, help, value } of stepFigures) {
    const family = { name: `sluice_${name}`, kind, help, samples: [] as string[] }
    for (const row of rows) addSample(family, labelsOf(job, row), value(row))
    families.push(family)
  }
  families.push(...namedFamilies(job, rows))
  return families.map(familyText).join('')
}

function namedFamilies(job: string, rows: readonly StepMetrics[]): Family[] {
  const families = new Map<string, Family>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row.named)) {
      let family = families.get(name)
      if (family === undefined) {
        const full = `sluice_named_${snakeCase(name)}`
        family = { name: full, kind: 'untyped', help: `The step's own ${name}.`, samples: [] }
        families.set(name, family)
      }
      addSample(family, labelsOf(job, row), value)
    }
  }
  return [...families.values()]
}

function labelsOf(job: string, row: StepMetrics): Record<string, string> {
  return { job, step: row.step, subtask: String(row.subtask) }
}

function addSample(family: Family, labels: Record<string, string>, value: number): void {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapedLabel(text)}"`)
  family.samples.push(`${family.name}{${pairs.join(',')}} ${numberText(value)}\n`)
}

function familyText({ name, kind, help, samples }: Family): string {
  if (samples.length === 0) return ''
  return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${kind}\n${samples.join('')}`
}

function snakeCase(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapedHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapedLabel(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"')
}
