import type { modals } from '@mantine/modals'

type Question = Parameters<typeof modals.openConfirmModal>[0]

const listeners = new Set<() => void>()
let asked = false
let waiting: readonly Question[] = []

/** askFirst has a window ask whether something is really to be done. What shows it is loaded with the first question. */
export function askFirst(question: Question): void {
  asked = true
  waiting = [...waiting, question]
  tellAll()
}

/** questions are what waits to be asked, for React's useSyncExternalStore. */
export const questions = {
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  asked: () => asked,
  waiting: () => waiting,
  /** shown takes away those that are on the page now. */
  shown: (these: readonly Question[]) => {
    waiting = waiting.filter((question) => !these.includes(question))
    tellAll()
  },
}

function tellAll() {
  listeners.forEach((tell) => tell())
}
