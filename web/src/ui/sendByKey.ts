import type { KeyboardEvent } from 'react'

/** isWithin tells a key that was pressed in an element from one pressed in a window over the page, which comes by there as well. */
export const isWithin = ({ currentTarget, target }: KeyboardEvent): boolean => target instanceof Node && currentTarget.contains(target)

/** sendByKey sends a form by Ctrl+Enter from any of its fields; Enter alone ends a line in one of several. */
export function sendByKey(event: KeyboardEvent<HTMLFormElement>): void {
  if (!isWithin(event)) return
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  event.stopPropagation()
  event.currentTarget.requestSubmit()
}
