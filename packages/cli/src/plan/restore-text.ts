// What would become of stored state, as a table: a row for each step and below it its states, then
// the reasons why a run would be refused.

import type { StepFit } from '@sluice/runtime/internal'
import { harmless, type Paint } from '../text/paint.ts'
import { counted, size } from '../text/quantity.ts'
import { tableLines } from '../text/table.ts'
import type { RestoreView } from './restore-view.ts'

type Fate = StepFit['fate']

const fateTexts: Readonly<Record<Fate, string>> = {
  fits: 'fits',
  renamed: 'renamed',
  new: 'new, starts empty',
  removed: 'removed, held nothing',
  dropped: 'would be dropped',
  incompatible: 'does not fit',
}

const mostProblems = 20

/** The lines of a restore; none is wider than the window. */
export function restoreLines(view: RestoreView, paint: Paint, columns: number): string[] {
  const { from, steps } = view
  const title = paint.bold(`state in ${harmless(from)} of '${harmless(view.job)}'`)
  const rows = steps.flatMap((step) => rowsOf(step, paint))
  const table =
    rows.length === 0
      ? []
      : tableLines(
          [
            { title: 'step' },
            { title: 'what', dropped: 1 },
            { title: 'state' },
            { title: 'size', align: 'right', dropped: 2 },
          ],
          rows,
          columns,
        )
  return [title, ...table, ...verdictLines(view, paint)]
}

function rowsOf(fit: StepFit, paint: Paint): string[][] {
  const { step, storedAs, what, fate, sizeBytes, states } = fit
  const name = fate === 'renamed' && storedAs !== undefined ? `${storedAs} → ${step}` : step
  const stored = fate === 'new' || sizeBytes === 0 ? '' : size(sizeBytes)
  return [
    [harmless(name), what, painted(fate, paint), stored],
    ...states
      .filter((state) => state.fate !== 'fits' && fate !== 'new')
      .map((state) => [`  ${state.name}`, state.kind, painted(state.fate, paint), '']),
  ]
}

function painted(fate: Fate, paint: Paint): string {
  const text = fateTexts[fate]
  if (fate === 'dropped') return paint.yellow(text)
  return fate === 'incompatible' ? paint.red(text) : text
}

function verdictLines(view: RestoreView, paint: Paint): string[] {
  const { differences, drops, allowDroppedState, values } = view
  const lines: string[] = []
  if (differences.length > 0) {
    lines.push('', paint.red('A run is refused:'))
    lines.push(...differences.map((reason) => `  - ${harmless(reason)}`))
  }
  if (drops.length > 0) {
    const said = allowDroppedState
      ? 'A run drops:'
      : 'A run is refused without --allow-dropped-state:'
    lines.push('', paint.yellow(said), ...drops.map((reason) => `  - ${harmless(reason)}`))
  }
  if (values !== undefined) {
    const { checked, misfits, problems } = values
    lines.push('', `${counted(checked, 'value')} checked, ${misfits} do not fit`)
    lines.push(
      ...problems.slice(0, mostProblems).map((problem) => `  - ${harmless(problem.message)}`),
    )
    const untold = misfits - Math.min(problems.length, mostProblems)
    if (untold > 0) lines.push(`  and ${untold} more`)
  }
  return lines
}
