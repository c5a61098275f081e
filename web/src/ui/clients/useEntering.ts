import { useEffect, useRef, useState } from 'react'

import { useRight } from '@/app/session'

/** Somebody who is being entered from a field, in a window over the form that the field is in. */
interface Entering<Made extends string[]> {
  /** What he is called, as far as it was typed; undefined: nobody is being entered. */
  name: string | undefined
  /** Begins; undefined: one may not. */
  begin: ((name: string) => void) | undefined
  end: () => void
  /** Puts into the field who has been entered. */
  done: (...made: Made) => void
}

/** useEntering enters somebody from the field that was to name him (R44). */
export function useEntering<Made extends string[]>(onMade: (...made: Made) => void): Entering<Made> {
  const works = useRight('work')
  const [name, setName] = useState<string>()
  // The answer may come when the form has been typed into since, or when one has left the window: then it is for nobody any more.
  const latest = useRef(onMade)
  const there = useRef(false)
  useEffect(() => {
    latest.current = onMade
    there.current = name !== undefined
  })
  const end = () => {
    there.current = false
    setName(undefined)
  }
  const done = (...made: Made) => {
    if (!there.current) return
    latest.current(...made)
    end()
  }
  return { name, begin: works ? setName : undefined, end, done }
}
