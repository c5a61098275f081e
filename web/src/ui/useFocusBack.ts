import { useCallback, useRef } from 'react'

/** useFocusBack takes the keyboard back to where it was when a window opened that comes and goes with its part of the page. */
export function useFocusBack(): { left: () => void; back: () => void } {
  const had = useRef<Element | null>(null)
  const left = useCallback(() => {
    had.current = document.activeElement
  }, [])
  const back = useCallback(() => {
    // When the window is gone, which takes the focus along.
    setTimeout(() => had.current instanceof HTMLElement && had.current.isConnected && had.current.focus())
  }, [])
  return { left, back }
}
