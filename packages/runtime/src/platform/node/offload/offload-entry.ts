// The entry of an I/O thread: runs generators for its engine thread, so that decoders that cannot
// yield hold up nobody else.

import { type OffloadReply, offloadErrorOf, type ToOffload } from './offload-messages.ts'
import { movableBuffers, OffloadSession } from './offload-session.ts'
import { threadStart } from '../threads/node-worker.ts'

const { port } = threadStart()
const sessions = new Map<number, OffloadSession>()

port.onMessage((message) => {
  const request = message as ToOffload
  switch (request.type) {
    case 'open': {
      const { moduleUrl, exportName, argument } = request
      sessions.set(request.session, new OffloadSession(moduleUrl, exportName, argument))
      void answer(request.session)
      break
    }
    case 'next':
      void answer(request.session)
      break
    case 'end':
      void end(request.session)
      break
  }
})

async function answer(id: number): Promise<void> {
  const session = sessions.get(id)
  if (session === undefined) return
  try {
    const step = await session.next()
    const reply: OffloadReply = { ...step, session: id }
    if (step.type === 'done') sessions.delete(id)
    port.post(reply, step.type === 'value' ? movableBuffers(step.value) : [])
  } catch (thrown) {
    const reply: OffloadReply = { type: 'error', session: id, error: offloadErrorOf(thrown) }
    port.post(reply)
    // The generator lives on where its result could not be sent.
    await end(id)
  }
}

async function end(id: number): Promise<void> {
  const session = sessions.get(id)
  if (session === undefined) return
  sessions.delete(id)
  try {
    await session.end()
  } catch (thrown) {
    // Nobody waits for this generator any more; the other sessions of the thread go on.
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
  }
}
