// An open socket as a connection: its events go to one listener, and what comes before there is one
// waits in the socket.

import type { Socket } from 'node:net'
import type {
  NetworkConnection,
  NetworkError,
  NetworkListener,
  NetworkTarget,
} from '@sluice/core/connector'
import { networkError } from './network-errors.ts'

export class SocketConnection implements NetworkConnection {
  readonly #socket: Socket
  #error: NetworkError | undefined
  #closed = false
  #listener: NetworkListener | undefined

  constructor(socket: Socket, target: NetworkTarget) {
    this.#socket = socket
    socket.on('error', (error) => {
      this.#error ??= networkError(target, error)
    })
    socket.once('close', () => {
      this.#closed = true
      this.#listener?.closed(this.#error)
    })
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (!socket.writable) return true
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
    return !socket.writableNeedDrain
  }

  drained(): Promise<void> {
    const socket = this.#socket
    if (this.#closed || !socket.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.once('drain', done)
      socket.once('close', done)
    })
  }

  listen(listener: NetworkListener): void {
    this.#listener = listener
    if (this.#closed) listener.closed(this.#error)
    else this.#socket.on('data', (bytes: Uint8Array) => listener.data(bytes))
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }
}
