import { useCallback, useEffect, useRef, type RefCallback } from 'react'

/** Where one is with a form that one has sent. */
interface Sending {
  fields: HTMLElement
  /** What had the focus then. */
  from: Element | null
  /** One types on, without waiting for the answer. */
  typesOn: boolean
}

/**
 * useToRefused has the keyboard go to the first field that something is wrong with, when one has sent the form and when the server has
 * refused it; where no field says so, back to the button that sends, on which nobody can stand while it does. Whoever types on, or has
 * gone elsewhere meanwhile, stays there.
 */
export function useToRefused<E extends HTMLElement>(refused: unknown): RefCallback<E> {
  const sending = useRef<Sending>(undefined)
  useEffect(() => {
    if (refused === undefined || refused === null || sending.current === undefined) return
    const { fields, from, typesOn } = sending.current
    const { activeElement: now } = document
    const nowhere = now === null || now.contains(fields)
    if (typesOn || !(nowhere || now === from || (now instanceof HTMLButtonElement && now.type === 'submit'))) return
    const to = wrong(fields) ?? (nowhere ? fields.querySelector<HTMLElement>('[type=submit]') : null)
    to?.focus()
  }, [refused])
  return useCallback((fields: E) => {
    const here: Sending = { fields, from: null, typesOn: false }
    sending.current = here
    const form = fields.closest('form') ?? fields
    const sent = () => {
      here.from = document.activeElement
      here.typesOn = false
      // The fields say what is wrong when this has been drawn.
      requestAnimationFrame(() => wrong(fields)?.focus())
    }
    const typed = () => {
      here.typesOn = true
    }
    form.addEventListener('submit', sent)
    form.addEventListener('input', typed)
    return () => {
      form.removeEventListener('submit', sent)
      form.removeEventListener('input', typed)
      sending.current = undefined
    }
  }, [])
}

const wrong = (fields: HTMLElement) => fields.querySelector<HTMLElement>('[aria-invalid="true"]')
