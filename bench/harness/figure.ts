// What a benchmark measures, and the one form in which a figure is printed as JSON.

/** The seed of everything that benchmarks draw. */
export const SEED = 1

/** Whether more or less is better. */
export type Direction = 'at-least' | 'at-most'

/** One measured figure. */
export interface Figure {
  readonly name: string
  /** The median of the runs. */
  readonly value: number
  readonly unit: string
  readonly runs: number
  /** The distance between the highest and the lowest run, as a part of the median. */
  readonly spread: number
  readonly baseline?: { readonly name: string; readonly value: number }
  /** What an issue of the project asks for. */
  readonly bar?: Bar
}

export interface Bar {
  readonly value: number
  readonly direction: Direction
  /** Of the ratio to the baseline. */
  readonly leastRatio?: number
}

/** A figure as a line of JSON. */
export interface FigureLine {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline?: string
  readonly baselineValue?: number
  readonly ratio?: number
  readonly bar?: number
  readonly met?: boolean
  readonly seed: number
  readonly runs: number
  readonly spread: number
}

export function figureLine(figure: Figure): FigureLine {
  const { name, value, unit, runs, spread, baseline, bar } = figure
  return {
    name,
    value: rounded(value),
    unit,
    ...(baseline === undefined
      ? {}
      : {
          baseline: baseline.name,
          baselineValue: rounded(baseline.value),
          ratio: ratioOf(value, baseline.value),
        }),
    ...(bar === undefined ? {} : { bar: bar.value, met: isMet(figure, bar) }),
    seed: SEED,
    runs,
    spread: rounded(spread),
  }
}

function isMet({ value, baseline }: Figure, bar: Bar): boolean {
  const reached = bar.direction === 'at-least' ? value >= bar.value : value <= bar.value
  if (bar.leastRatio === undefined || baseline === undefined) return reached
  return reached && value / baseline.value >= bar.leastRatio
}

function ratioOf(value: number, baseline: number): number {
  return Number((value / baseline).toFixed(3))
}

/** Whole numbers where they are large, three digits where they are small. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3))
}
