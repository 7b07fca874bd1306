// Reading savepoints and checkpoints, and making savepoints, in a program of one's own.

export * from '@sluice/runtime/savepoint'
