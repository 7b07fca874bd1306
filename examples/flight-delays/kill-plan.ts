// When the demonstration kills its job: the moments are drawn by phase of the checkpoint protocol,
// so that the rare ones, which are the dangerous ones, occur in every demonstration.

/** A phase at which the job kills itself, and how many times it lets the phase pass before. */
export interface Kill {
  readonly phase: 'reading' | 'aligning' | 'after-manifest' | 'in-commit'
  readonly skip: number
}

/** What a phase means, for people. */
export const phaseNames = {
  reading: 'while reading',
  aligning: 'while barriers align',
  'after-manifest': 'between manifest and commit',
  'in-commit': 'in the middle of a commit',
} as const

const dangerous = ['aligning', 'after-manifest', 'in-commit'] as const
const all = ['reading', ...dangerous] as const

/** Draws `count` kills; three or more hold each dangerous phase at least once. */
export function drawKills(count: number, random: () => number): Kill[] {
  const phases: Kill['phase'][] = count >= dangerous.length ? [...dangerous] : []
  while (phases.length < count) phases.push(all[Math.floor(random() * all.length)] ?? 'reading')
  for (let i = phases.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = phases[i] as Kill['phase']
    phases[i] = phases[j] as Kill['phase']
    phases[j] = swapped
  }
  return phases.map((phase) => ({
    phase,
    skip: phase === 'reading' ? Math.floor(random() * 8) : 0,
  }))
}
