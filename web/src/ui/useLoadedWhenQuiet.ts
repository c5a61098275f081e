import { useEffect } from 'react'

// After what the page needs first.
const whenQuiet = 10_000

/** useLoadedWhenQuiet loads a part before it is needed: without a connection it could not come any more. */
export function useLoadedWhenQuiet(load: () => Promise<unknown>): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), whenQuiet)
    return () => clearTimeout(timer)
  }, [load])
}
