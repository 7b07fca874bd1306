// `npm run check`: the form of the sources alone (types, format, lint, style), in seconds.

import { allParts } from './parts.ts'
import { runParts } from './run-parts.ts'

process.exitCode = await runParts(allParts().filter((part) => part.name === 'house'))
