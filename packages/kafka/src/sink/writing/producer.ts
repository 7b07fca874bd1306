// Who writes: a producer id with its epoch, for one transaction where there is a transactional id.

export interface Producer {
  readonly producerId: number
  readonly epoch: number
  readonly transactionalId: string | undefined
}
