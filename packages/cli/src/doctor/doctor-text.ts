// What an examination found, for people: by what was looked at, with what to do.

import type { Examination, Finding } from '../kafka/kafka-package.ts'
import { harmless, type Paint } from '../text/paint.ts'
import { counted } from '../text/quantity.ts'

const words: Readonly<Record<Finding['level'], string>> = {
  right: 'ok     ',
  risk: 'risk   ',
  wrong: 'WRONG  ',
  unknown: 'unknown',
}

export function doctorLines({ clusterId, brokers, findings }: Examination, paint: Paint): string[] {
  const head =
    clusterId === null
      ? []
      : [`${paint.bold(`cluster ${harmless(clusterId)}`)}, ${counted(brokers.length, 'broker')}`]
  return [
    ...head,
    ...findings.flatMap((finding) => findingLines(finding, paint)),
    summary(findings),
  ]
}

function findingLines({ about, level, message, hint }: Finding, paint: Paint): string[] {
  const colours = { right: paint.green, risk: paint.yellow, wrong: paint.red, unknown: paint.dim }
  const line = `  ${colours[level](words[level])}  ${harmless(about)}: ${harmless(message)}`
  return hint === undefined ? [line] : [line, `           ${paint.cyan(harmless(hint))}`]
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']): number =>
    findings.filter((each) => each.level === level).length
  const [wrong, risks, unknown] = [count('wrong'), count('risk'), count('unknown')]
  const more = [
    ...(risks === 0 ? [] : [counted(risks, 'risk')]),
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
  ]
  const rest = more.length === 0 ? '' : `, ${more.join(', ')}`
  return wrong === 0 ? `Jobs can work here${rest}.` : `${wrong} wrong${rest}.`
}
