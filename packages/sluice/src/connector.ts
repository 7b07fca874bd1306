// `sluice/connector`: the interfaces for people who write sources and sinks.

export * from '@sluice/core/connector'
