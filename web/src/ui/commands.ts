import { useEffect, useRef, useSyncExternalStore } from 'react'

/** Something that can be done where one is, for the palette to offer. */
export interface Command {
  id: string
  label: string
  run: () => void
}

let sets: readonly (readonly Command[])[] = []
let offered: readonly Command[] = []
const listeners = new Set<() => void>()

function change(next: readonly (readonly Command[])[]): void {
  sets = next
  offered = sets.flat()
  listeners.forEach((tell) => tell())
}

/** useCommands offers commands in the palette while the component is on the page. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands)
  useEffect(() => {
    latest.current = commands
  })
  const shape = commands.map((command) => `${command.id} ${command.label}`).join('\n')
  useEffect(() => {
    const mine = latest.current.map((command, i) => ({ ...command, run: () => latest.current[i]?.run() }))
    change([...sets, mine])
    return () => change(sets.filter((set) => set !== mine))
  }, [shape])
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** useOffered are the commands of what is on the page. */
export const useOffered = (): readonly Command[] => useSyncExternalStore(subscribe, () => offered)
