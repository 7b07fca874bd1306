// The public surface of the language (`sluice`).

export { SluiceError } from './errors.ts'
export type { ErrorCode, ErrorDomain, ErrorPlace, Retry } from './errors.ts'
