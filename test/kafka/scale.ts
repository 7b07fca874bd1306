// How much of this part is run: `npm run test:kafka -- --full` asks for all of it.

export const scaleVariables = { full: 'SLUICE_KAFKA_FULL', kills: 'SLUICE_KAFKA_KILLS' } as const

export const isFull = process.env[scaleVariables.full] !== undefined

/** Of each mode. */
export const killCount = Number(process.env[scaleVariables.kills] ?? (isFull ? 50 : 1))
