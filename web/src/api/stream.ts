/** What every window hears of. */
const topics = ['inbox', 'notices', 'interactions', 'clients', 'maps', 'templates', 'settings'] as const

/** A change as the server tells of it: what is to be read again. */
export interface Change {
  topic: (typeof topics)[number] | 'feed'
  id?: string
  case_id?: string
  /** Something was taken from whoever hears of it: what else was seen by it may be gone as well. */
  taken?: boolean
}

/** What a window wants to hear of: the feeds of cases, and whether anything has happened to any other case it sees. */
export interface Wish {
  cases: string[]
  many: boolean
}

/** What a stream does for its window. */
export interface Listener {
  change: (change: Change) => void
  /** So much was missed that all is to be read again. */
  reset: () => void
  /** The stream follows from now on what was wished last. */
  begun: () => void
  /** The stream has broken off, or runs again. */
  runs: (runs: boolean) => void
}

/** What windows say to one another. */
type Message = { kind: 'change'; change: Change } | { kind: 'reset' } | { kind: 'begun' } | { kind: 'runs'; runs: boolean } | { kind: 'who' } | { kind: 'wish'; window: string; wish: Wish } | { kind: 'gone'; window: string }

const firstPause = 2_000
const longestPause = 30_000

/** pauseAfter is how long to wait after so many refusals: each time longer, and not all windows at the same moment. */
function pauseAfter(refusals: number): number {
  return Math.min(longestPause, firstPause * 2 ** (refusals - 1)) * (0.5 + Math.random())
}

const nothing: Wish = { cases: [], many: false }

/**
 * Stream is the server's events, once for all windows of a browser, because a browser holds six connections to a server and no more: the
 * window that came first listens, and passes on what it hears. When it goes the next one listens.
 */
export class Stream {
  private readonly window = crypto.getRandomValues(new Uint32Array(4)).join('-')
  private mine = nothing
  private readonly wishes = new Map<string, Wish>()
  private channel: BroadcastChannel | undefined
  private source: EventSource | undefined
  // Streams that go on until the next one has begun.
  private readonly old = new Set<EventSource>()
  private timer: ReturnType<typeof setTimeout> | undefined
  // How often in a row the server has refused; something may have been missed since the first time.
  private refusals = 0
  private yieldLead: (() => void) | undefined
  private leads = false
  // Nothing has been shown yet that could be out of date.
  private fresh = true
  private running: AbortController | undefined

  constructor(private readonly listener: Listener) {}

  start(): void {
    const running = new AbortController()
    this.running = running
    // Without locks (a page over plain HTTP) every window listens for itself.
    if (!('locks' in navigator)) {
      this.lead()
      return
    }
    this.channel = new BroadcastChannel('marshrut')
    this.channel.addEventListener('message', (event: MessageEvent<Message>) => this.hear(event.data))
    window.addEventListener('pagehide', this.gone)
    window.addEventListener('pageshow', this.back)
    this.say({ kind: 'wish', window: this.window, wish: this.mine })
    this.queue(running)
  }

  stop(): void {
    this.gone()
    this.running?.abort()
    this.running = undefined
    window.removeEventListener('pagehide', this.gone)
    window.removeEventListener('pageshow', this.back)
    this.close()
    this.channel?.close()
    this.channel = undefined
  }

  /** wish says what is to be heard of from now on. */
  wish(wish: Wish): void {
    this.mine = wish
    if (this.leads) this.openSoon()
    else this.say({ kind: 'wish', window: this.window, wish })
  }

  private queue(running: AbortController): void {
    const waited = navigator.locks.request('marshrut-events', { signal: running.signal }, () =>
      new Promise<void>((done) => {
        if (running.signal.aborted) return done()
        this.yieldLead = done
        this.lead()
      }),
    )
    waited.catch(() => undefined) // the window does not wait any longer
  }

  private lead(): void {
    this.leads = true
    this.say({ kind: 'who' })
    this.open()
  }

  private close(): void {
    clearTimeout(this.timer)
    this.leads = false
    this.endOld()
    this.source?.close()
    this.source = undefined
    this.yieldLead?.()
    this.yieldLead = undefined
  }

  private readonly gone = () => {
    this.say({ kind: 'gone', window: this.window })
    this.close()
  }

  // A window that comes back as it was has missed what there was.
  private readonly back = (event: PageTransitionEvent) => {
    if (!event.persisted || this.running === undefined) return
    this.say({ kind: 'wish', window: this.window, wish: this.mine })
    this.queue(this.running)
    this.listener.reset()
  }

  private say(message: Message): void {
    this.channel?.postMessage(message)
  }

  private hear(message: Message): void {
    switch (message.kind) {
      case 'change':
        this.listener.change(message.change)
        break
      case 'reset':
        this.listener.reset()
        break
      case 'begun':
        if (!this.fresh) this.listener.begun()
        this.fresh = false
        break
      case 'runs':
        this.listener.runs(message.runs)
        break
      case 'who':
        this.say({ kind: 'wish', window: this.window, wish: this.mine })
        break
      case 'wish':
        this.wishes.set(message.window, message.wish)
        if (this.leads) this.openSoon()
        break
      case 'gone':
        this.wishes.delete(message.window)
        break
    }
  }

  private tell(message: Extract<Message, { kind: 'reset' | 'begun' | 'runs' | 'change' }>): void {
    this.say(message)
    this.hear(message)
  }

  private address(): string {
    const wishes = [...this.wishes.values(), this.mine]
    // The server takes 50 at most; the ones asked for last are those in sight.
    const cases = [...new Set(wishes.flatMap((wish) => wish.cases))].slice(-50)
    const wanted = [...topics, ...(wishes.some((wish) => wish.many) ? ['cases'] : [])]
    return `/api/v1/events?topics=${wanted.join(',')}${cases.length === 0 ? '' : `&cases=${cases.join(',')}`}`
  }

  private open(): void {
    const before = this.source
    const address = this.address()
    if (before !== undefined && before.readyState !== EventSource.CLOSED && new URL(before.url).href === new URL(address, window.location.href).href) {
      this.tell({ kind: 'begun' })
      return
    }
    const source = new EventSource(address)
    if (before !== undefined) this.old.add(before)
    // Nothing is missed between two streams: the old one ends when the new one has begun.
    source.addEventListener('open', () => {
      this.endOld()
      const missed = this.refusals > 0
      this.refusals = 0
      if (missed) this.tell({ kind: 'reset' })
      this.tell({ kind: 'begun' })
    }, { once: true })
    source.addEventListener('open', () => this.source === source && this.tell({ kind: 'runs', runs: true }))
    source.addEventListener('change', (event: MessageEvent<string>) => this.tell({ kind: 'change', change: JSON.parse(event.data) as Change }))
    source.addEventListener('reset', () => this.tell({ kind: 'reset' }))
    source.addEventListener('error', () => {
      if (this.source === source) this.tell({ kind: 'runs', runs: false })
      // A browser gives up on an answer that is no stream (a restart of the server, an ended session): try again by ourselves.
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return
      this.endOld()
      this.openLater()
    })
    this.source = source
  }

  private endOld(): void {
    this.old.forEach((stream) => stream.close())
    this.old.clear()
  }

  private openSoon(): void {
    if (!this.leads) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.open(), 50)
  }

  private openLater(): void {
    clearTimeout(this.timer)
    this.refusals += 1
    this.timer = setTimeout(() => this.open(), pauseAfter(this.refusals))
  }
}
