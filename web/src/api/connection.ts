/** How the page stands to the server: `lost` when nothing answers, `silent` when it answers, but what colleagues do is not heard of. */
export type Standing = 'there' | 'lost' | 'silent'

// A restart of the server or a change of the network that is over before one has read of it is not told.
const patience = 2_000
const pause = 3_000

/**
 * Connection is whether the server can be reached, as far as it is known. What a browser says of its network is no more than a hint
 * (Marshrut may run on this very machine), so whoever doubts has the server asked.
 */
class Connection {
  private standing: Standing = 'there'
  private heard = true
  private asking = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  /** now is how it stands; subscribe tells of changes, and answers how to stop that. */
  readonly now = (): Standing => this.standing

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** watch asks when the browser goes offline or comes back, until the answer is called. */
  watch(): () => void {
    const doubt = () => this.doubt()
    window.addEventListener('offline', doubt)
    window.addEventListener('online', doubt)
    return () => {
      window.removeEventListener('offline', doubt)
      window.removeEventListener('online', doubt)
      clearTimeout(this.timer)
    }
  }

  /** hears is told whether the stream of changes runs. */
  hears(heard: boolean): void {
    this.heard = heard
    if (heard && this.standing === 'there') clearTimeout(this.timer)
    else if (heard) this.doubt()
    else if (this.standing === 'there') this.askIn(patience)
  }

  /** doubt has the server asked now: something was not answered, or may be again. */
  doubt(): void {
    clearTimeout(this.timer)
    void this.ask()
  }

  private askIn(wait: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.ask(), wait)
  }

  private async ask(): Promise<void> {
    if (this.asking) return
    this.asking = true
    const answered = await fetch('/api/v1/about', { cache: 'no-store' }).then(() => true, () => false)
    this.asking = false
    this.stand(!answered ? 'lost' : this.heard ? 'there' : 'silent')
    if (this.standing !== 'there') this.askIn(pause)
  }

  private stand(standing: Standing): void {
    if (standing === this.standing) return
    this.standing = standing
    this.listeners.forEach((tell) => tell())
  }
}

export const connection = new Connection()
