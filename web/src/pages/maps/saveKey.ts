import { useEffect, useRef } from 'react'

/** isSaveKey tells Ctrl (or Command) and S, on any layout. */
export const isSaveKey = ({ code, ctrlKey, metaKey, shiftKey, altKey }: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): boolean => code === 'KeyS' && (ctrlKey || metaKey) && !shiftKey && !altKey

/** useSaveKey has Ctrl and S save, wherever one is but in a window above; it tells whether that is within the text. */
export function useSaveKey(on: boolean, save: (within: boolean) => void): void {
  const latest = useRef(save)
  useEffect(() => {
    latest.current = save
  })
  useEffect(() => {
    if (!on) return
    const press = (event: KeyboardEvent) => {
      if (!isSaveKey(event)) return
      const at = event.target instanceof HTMLElement ? event.target : undefined
      if (at !== undefined && at.closest('[role="dialog"]') !== null) return
      event.preventDefault()
      latest.current(at !== undefined && at.closest('.cm-editor') !== null)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [on])
}
