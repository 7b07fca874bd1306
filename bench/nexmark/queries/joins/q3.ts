// Query 3, local items: who in Oregon, Idaho or California sells in category 10, and what. A join
// without end: person and auctions wait for each other for as long as it takes.

import { type Emit, list, type Stream, value } from 'sluice'
import { type Auction, type Event, isBid, type Person } from '../../generator/event.ts'
import { nexmarkJob } from '../../nexmark-job.ts'

type LocalItem = Pick<Person, 'name' | 'city' | 'state'> & Pick<Auction, 'id'>

const localStates = new Set(['OR', 'ID', 'CA'])

export function q3(events: Stream<Event>) {
  return events
    .filter((event): event is Person | Auction => !isBid(event))
    .filter((event) => (event.kind === 'person' ? isLocal(event) : event.category === 10))
    .keyBy((event) => (event.kind === 'person' ? event.id : event.seller))
    .process('q3-local-items', {
      state: { person: value<Person>(), waiting: list<number>() },

      onRecord(event, { state }, emit: Emit<LocalItem>) {
        if (event.kind === 'person') state.person.set(event)
        else state.waiting.push(event.id)
        const person = state.person.get()
        if (person === undefined) return
        const { name, city, state: home } = person
        for (const id of state.waiting) emit({ name, city, state: home, id })
        state.waiting.clear()
      },
    })
}

function isLocal({ state }: Person): boolean {
  return localStates.has(state)
}

export default nexmarkJob('q3', q3)
