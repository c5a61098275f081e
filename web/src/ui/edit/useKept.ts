import { useCallback, useEffect, useRef, useState } from 'react'

import { keep, kept } from './kept'
import { same } from './merge'

/** What was kept by an earlier release may lack parts that are asked for now. */
function whole<T>(was: T, nothing: T): T {
  const parts = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  return parts(was) && parts(nothing) ? { ...nothing, ...was } : was
}

// Forms that are on the page now, by the names under which they keep what is typed.
const mounted = new Map<string, (was: unknown) => void>()

interface Kept<T> {
  value: T
  set: (change: (before: T) => T) => void
  /** Forgets it, when it is sent or given up: what has been typed since then (it was `sent`) stays. */
  drop: (sent?: T) => void
  /** Undoes that, also for who has gone elsewhere meanwhile, and come back; never over what has been typed since. */
  giveBack: (was: T) => void
}

/** useKept is what is typed into a form, kept under its name as long as it is not `nothing`. */
export function useKept<T>(name: string | undefined, nothing: T): Kept<T> {
  const [empty] = useState(() => nothing)
  const [value, set] = useState<T>(() => {
    const was = kept<T>(name)
    return was === undefined ? nothing : whole(was, nothing)
  })
  useEffect(() => {
    if (name !== undefined) keep(name, same(value, empty) ? undefined : value)
  }, [name, value, empty])
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  })
  const drop = useCallback(
    (sent?: T) => {
      if (sent !== undefined && !same(latest.current, sent)) return
      // What is gone from the page at the same moment has no more effects.
      if (name !== undefined) keep(name, undefined)
      set(() => empty)
    },
    [name, empty],
  )
  useEffect(() => {
    if (name === undefined) return
    const here = (was: unknown) => set((now) => (same(now, empty) ? (was as T) : now))
    mounted.set(name, here)
    return () => {
      if (mounted.get(name) === here) mounted.delete(name)
    }
  }, [name, empty])
  const giveBack = useCallback(
    (was: T) => {
      if (name === undefined) return
      if (kept(name) === undefined) keep(name, was)
      mounted.get(name)?.(was)
    },
    [name],
  )
  return { value, set, drop, giveBack }
}
