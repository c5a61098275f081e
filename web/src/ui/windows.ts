/** A window over the page. */
export interface Opened {
  /** Where in the browser's history the page beneath is, as the router numbers its places. */
  at: number | undefined
  close: () => void
}

// The upper one is the last.
const windows: Opened[] = []
let returning = false

/** place is where in the browser's history one is now. */
export const place = (): number | undefined => (window.history.state as { idx?: number } | null)?.idx

/** opened has Back close a window until what it gives is called. */
export function opened(one: Opened): () => void {
  windows.push(one)
  return () => {
    windows.splice(windows.indexOf(one), 1)
  }
}

/**
 * backCloses has the browser's Back close the upper window rather than leave the page beneath it.
 * The browser has gone already when it tells of it, and tells who listens in the order in which they asked to: before the router does.
 */
export function backCloses(): void {
  window.addEventListener('popstate', (event) => {
    if (returning) {
      returning = false
      event.stopImmediatePropagation()
      return
    }
    const upper = windows.at(-1)
    const now = place()
    if (upper?.at === undefined || now === undefined || now === upper.at) return
    event.stopImmediatePropagation()
    returning = true
    window.history.go(upper.at - now)
    upper.close()
  })
}
