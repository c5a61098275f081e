import type { KeyboardEvent } from 'react'

/** sendByKey sends a form by Ctrl+Enter from any of its fields; Enter alone ends a line in one of several. */
export function sendByKey(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  event.stopPropagation()
  event.currentTarget.requestSubmit()
}
