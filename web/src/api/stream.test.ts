import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Stream } from './stream'

/** FakeSource is the browser's EventSource, which the test opens and refuses. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static made: FakeSource[] = []
  readyState = 0

  constructor(readonly url: string) {
    super()
    FakeSource.made.push(this)
  }

  close(): void {
    this.readyState = FakeSource.CLOSED
  }

  refuse(): void {
    this.close()
    this.dispatchEvent(new Event('error'))
  }

  begin(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }
}

const last = (): FakeSource => {
  const source = FakeSource.made.at(-1)
  if (source === undefined) throw new Error('no stream was opened')
  return source
}

describe('Stream', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    FakeSource.made = []
    vi.stubGlobal('EventSource', FakeSource)
    vi.stubGlobal('navigator', {}) // without locks every window listens for itself
    vi.stubGlobal('window', Object.assign(new EventTarget(), { location: { href: 'http://marshrut.example/inbox' } }))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it('asks a server that refuses it more and more seldom, and has all read again once, when it is there', () => {
    const told: string[] = []
    const stream = new Stream({ change: () => told.push('change'), reset: () => told.push('reset'), begun: () => told.push('begun'), runs: () => undefined })
    stream.start()
    last().begin()
    const pauses: number[] = []
    for (let refusal = 0; refusal < 6; refusal += 1) {
      const before = FakeSource.made.length
      last().refuse()
      let waited = 0
      while (FakeSource.made.length === before) {
        vi.advanceTimersByTime(500)
        waited += 500
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    expect(told).toEqual([])
    last().begin()
    expect(told).toEqual(['reset', 'begun'])
    stream.stop()
  })
})
