// Query 3, local items: who in Oregon, Idaho or California sells in category 10, and what. A join
// without end: person and auctions wait for each other for as long as it takes.

import { type Emit, list, type Stream, value } from 'sluice'
import type { Auction, Event, Person } from '../../generator/event.ts'
import { auctions, nexmarkJob, people } from '../../nexmark-job.ts'

type LocalItem = Pick<Person, 'name' | 'city' | 'state'> & Pick<Auction, 'id'>

const localStates = new Set(['OR', 'ID', 'CA'])

export function q3(events: Stream<Event>) {
  const items = auctions(events).filter(({ category }) => category === 10)
  const locals = people(events).filter(({ state }) => localStates.has(state))
  return items
    .keyBy(({ seller }) => seller)
    .connect(locals.keyBy(({ id }) => id))
    .process('q3-local-items', {
      state: { person: value<Person>(), early: list<number>() },

      onLeft({ id }, { state }, emit: Emit<LocalItem>) {
        const person = state.person.get()
        if (person === undefined) state.early.push(id)
        else emit(localItem(person, id))
      },

      onRight(person, { state }, emit: Emit<LocalItem>) {
        state.person.set(person)
        for (const id of state.early) emit(localItem(person, id))
        state.early.clear()
      },
    })
}

function localItem({ name, city, state }: Person, id: number): LocalItem {
  return { name, city, state, id }
}

export default nexmarkJob('q3', q3)
