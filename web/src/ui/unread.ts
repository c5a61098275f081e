/**
 * watchUnread sends no form in which something stands that its field could not read (it has data-unread): without it, it would be sent as
 * if that had not been typed. The field is gone to and says what is wrong.
 */
export function watchUnread(): void {
  // Before whatever the form itself does.
  window.addEventListener(
    'submit',
    (event) => {
      const field = event.target instanceof HTMLFormElement ? event.target.querySelector<HTMLInputElement>('[data-unread]') : null
      if (field === null) return
      event.preventDefault()
      event.stopImmediatePropagation()
      // It says so when one leaves it.
      field.blur()
      field.focus()
    },
    { capture: true },
  )
}
