// `sluice/test`: what a user tests a job with.

export * from '@sluice/testing'
