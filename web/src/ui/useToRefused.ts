import { useEffect, useRef, type RefObject } from 'react'

/**
 * useToRefused has the keyboard go to the first field that something is wrong with, when one has sent the form and when the server has
 * refused it; where no field says so, back to the button that sends: nobody can stand on it while it does.
 */
export function useToRefused<E extends HTMLElement>(refused: unknown): RefObject<E | null> {
  const form = useRef<E>(null)
  useEffect(() => {
    const { current } = form
    if (current === null) return
    // The fields say what is wrong when this has been drawn.
    const sent = () => void requestAnimationFrame(() => wrong(current)?.focus())
    current.addEventListener('submit', sent)
    return () => current.removeEventListener('submit', sent)
  }, [])
  useEffect(() => {
    const { current } = form
    if (refused === undefined || refused === null || current === null) return
    const field = wrong(current)
    if (field !== null) field.focus()
    else if (!current.contains(document.activeElement)) current.querySelector<HTMLElement>('[type=submit]')?.focus()
  }, [refused])
  return form
}

const wrong = (form: HTMLElement) => form.querySelector<HTMLElement>('[aria-invalid="true"]')
