import { useEffect, useRef, type RefObject } from 'react'

/** useBackTo takes the keyboard back to the button that a form has opened in place of, when the form goes with the focus in it. */
export function useBackTo(open: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null)
  const was = useRef(open)
  useEffect(() => {
    if (was.current && !open && document.activeElement === document.body) button.current?.focus()
    was.current = open
  }, [open])
  return button
}
