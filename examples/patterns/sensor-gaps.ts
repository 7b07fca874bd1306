// Which sensors have fallen silent for five minutes, and when they were heard again. When nothing
// comes in only a timer can notice. (With the end of the input all of them fall silent.)

import { consoleSink, defineJob, type Emit, generatorSource, value } from 'sluice'

interface Reading {
  readonly sensor: string
  readonly degrees: number
  readonly at: number
}

interface Notice {
  readonly sensor: string
  readonly is: 'silent' | 'back'
  readonly since: string
}

const start = Date.UTC(2026, 0, 1)
const gapMs = 5 * 60_000

/** Ten sensors, a reading of each every ten seconds; one after the other breaks for a while. */
const readings = generatorSource({
  count: 10_000,
  generate: (index, random): Reading => {
    const isBroken = Math.floor(index / 1000) === index % 10
    return {
      sensor: `sensor-${isBroken ? (index + 1) % 10 : index % 10}`,
      degrees: 15 + random.integer(10),
      at: start + Math.floor(index / 10) * 10_000 - random.integer(20_000),
    }
  },
})

export default defineJob({
  name: 'sensor-gaps',
  graph(job) {
    job
      .from('readings', readings, { eventTime: (reading) => reading.at, maxOutOfOrderness: '20s' })
      .keyBy((reading) => reading.sensor)
      .process('gaps', {
        state: { heard: value<number>() },

        onRecord({ sensor, at }, { state, timers, watermark }, emit: Emit<Notice>) {
          const heard = state.heard.get() ?? at
          timers.cancelEventTime(heard + gapMs)
          if (heard + gapMs <= watermark) emit({ sensor, is: 'back', since: clock(at) })
          state.heard.set(Math.max(heard, at))
          timers.atEventTime(Math.max(heard, at) + gapMs)
        },

        onTimer({ at, key: sensor }, _, emit: Emit<Notice>) {
          emit({ sensor, is: 'silent', since: clock(at - gapMs) })
        },
      })
      .to('screen', consoleSink())
  },
})

const clock = (at: number) => new Date(at).toISOString().slice(11, 19)
