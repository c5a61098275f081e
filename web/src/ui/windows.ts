/** A window over the page. */
export interface Opened {
  /** Where in the browser's history the page beneath is, as the router numbers its places; undefined: outside of it. */
  at: number | undefined
  /** Whether something would be lost if it were gone now. */
  loses: () => boolean
  /** Whether Back closes it and leaves the page beneath, though nothing would be lost: a question is about that page. */
  holds?: boolean
  /** What Escape does, and Back where something would be lost here or in a window beneath. */
  close: () => void
}

// The upper one is the last.
const windows: Opened[] = []
// The place one is being led back to, and what comes then.
let leading: { to: number; then: () => void } | undefined
let looking: number | undefined

/** place is where in the browser's history the page that shows is. */
export const place = (): number | undefined => leading?.to ?? (window.history.state as { idx?: number } | null)?.idx

/** anyOpened tells whether there is a window over the page. */
export const anyOpened = (): boolean => windows.length > 0

/** opened has a window be the upper one until what it gives is called. */
export function opened(one: Opened): () => void {
  windows.push(one)
  return () => {
    windows.splice(windows.indexOf(one), 1)
  }
}

/** leaveFor goes to another document without a question: what is here is not for whoever is there. */
export function leaveFor(address: string): void {
  windows.length = 0
  window.location.assign(address)
}

/** watchLeaving has Escape close the upper window alone, and no way of the browser's take away what a window would lose. */
export function watchLeaving(): void {
  window.addEventListener('keydown', byEscape, { capture: true })
  // The browser has gone already when it tells of Back, and tells who listens in the order in which they asked to: this is before the router does.
  window.addEventListener('popstate', byBack)
  window.addEventListener('beforeunload', (event) => {
    if (windows.some((one) => one.loses())) event.preventDefault()
  })
}

function byEscape(event: KeyboardEvent) {
  const { target } = event
  // A list that is open in the window closes first.
  if (event.key !== 'Escape' || event.isComposing || (target instanceof Element && target.getAttribute('data-mantine-stop-propagation') === 'true')) return
  windows.at(-1)?.close()
}

function byBack(event: PopStateEvent) {
  if (leading === undefined) {
    const upper = windows.at(-1)
    // What the upper one would not lose, one beneath it may: then Back closes the upper one alone.
    if (upper?.at === undefined || (upper.holds !== true && !windows.some((one) => one.loses()))) return
    leading = { to: upper.at, then: upper.close }
  }
  event.stopImmediatePropagation()
  leadBack()
}

// Who presses Back several times at once is led back as often; the browser may leave out to tell of what it has undone itself.
function leadBack() {
  window.clearTimeout(looking)
  if (leading === undefined) return
  const { to, then } = leading
  const now = (window.history.state as { idx?: number } | null)?.idx
  if (now === to) {
    leading = undefined
    then()
    return
  }
  window.history.go(now === undefined ? 1 : to - now)
  looking = window.setTimeout(leadBack, 300)
}
