import { useSyncExternalStore } from 'react'

import { useMe } from '@/app/session'

const listeners = new Set<() => void>()
const keyOf = (userID: string | undefined) => `marshrut.keys.${userID ?? ''}`

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/**
 * useSingleKeys tells whether keys that are a single character do something, and changes that. Who dictates, or types with a device of his
 * own, sets them off without meaning to, and turns them off (WCAG 2.1.4); it is kept on this browser.
 */
export function useSingleKeys(): [on: boolean, set: (on: boolean) => void] {
  const key = keyOf(useMe()?.id)
  const on = useSyncExternalStore(subscribe, () => localStorage.getItem(key) !== 'off')
  const set = (wanted: boolean) => {
    if (wanted) localStorage.removeItem(key)
    else localStorage.setItem(key, 'off')
    listeners.forEach((tell) => tell())
  }
  return [on, set]
}
