import { describeNexmark } from './describe-nexmark.ts'
import { heapScenarios } from './scenarios.ts'

await describeNexmark(heapScenarios)
