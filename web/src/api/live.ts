import type { QueryClient } from '@tanstack/react-query'

import { keys } from './keys'

interface Change {
  topic: 'inbox' | 'notices' | 'interactions' | 'feed'
  id?: string
  case_id?: string
}

/**
 * Live keeps what is shown true: it follows the server's events and has what they name read again. One stream serves the whole page;
 * pages say which cases they show.
 */
export class Live {
  private source: EventSource | undefined
  // Streams that go on until the next one has begun.
  private readonly old = new Set<EventSource>()
  private readonly followed = new Map<string, number>()
  private restarting: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly queries: QueryClient) {}

  /** start opens the stream; stop ends it. */
  start(): void {
    this.open()
  }

  stop(): void {
    clearTimeout(this.restarting)
    this.endOld()
    this.source?.close()
    this.source = undefined
  }

  /** follow has the feed of a case followed until the answer is called. */
  follow(caseID: string): () => void {
    this.followed.set(caseID, (this.followed.get(caseID) ?? 0) + 1)
    if (this.followed.get(caseID) === 1) this.restartSoon()
    return () => {
      const left = (this.followed.get(caseID) ?? 1) - 1
      if (left > 0) this.followed.set(caseID, left)
      else this.followed.delete(caseID)
    }
  }

  private open(): void {
    const before = this.source
    // The server takes 50 at most; the ones asked for last are those in sight.
    const cases = [...this.followed.keys()].slice(-50).join(',')
    const source = new EventSource(`/api/v1/events?topics=inbox,notices,interactions${cases === '' ? '' : `&cases=${cases}`}`)
    if (before !== undefined) {
      this.old.add(before)
      // Nothing is missed between two streams: the old one ends when the new one has begun, and what is followed from now on is read again.
      source.addEventListener('open', () => {
        this.endOld()
        void this.queries.invalidateQueries({ queryKey: keys.tasks })
        void this.queries.invalidateQueries({ queryKey: keys.case })
      }, { once: true })
    }
    source.addEventListener('change', (event: MessageEvent<string>) => this.apply(JSON.parse(event.data) as Change))
    source.addEventListener('reset', () => void this.queries.invalidateQueries())
    source.addEventListener('error', () => {
      // A browser gives up on an answer that is no stream (a restart of the server, an ended session): try again by ourselves.
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return
      this.endOld()
      this.retryLater()
    })
    this.source = source
  }

  private endOld(): void {
    this.old.forEach((stream) => stream.close())
    this.old.clear()
  }

  private restartSoon(): void {
    if (this.source === undefined) return
    clearTimeout(this.restarting)
    this.restarting = setTimeout(() => this.open(), 50)
  }

  private retryLater(): void {
    clearTimeout(this.restarting)
    this.restarting = setTimeout(() => {
      this.open()
      void this.queries.invalidateQueries()
    }, 3000)
  }

  private apply(change: Change): void {
    const again = (key: readonly unknown[]) => void this.queries.invalidateQueries({ queryKey: key })
    switch (change.topic) {
      case 'inbox':
        again(keys.tasks)
        again(keys.agenda)
        break
      case 'notices':
        again(keys.notices)
        break
      case 'interactions':
        again(keys.interactions)
        again(keys.agenda)
        again(keys.sales)
        break
      case 'feed':
        again(keys.case)
        again(keys.tasks) // an open one may be of a followed case, and of somebody else
        again(keys.boards)
        break
    }
  }
}
