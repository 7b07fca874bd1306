// What a user imports to write a job: the language. The shop window has no logic of its own.

export * from '@sluice/core'
