import { ModalsProvider, useModals } from '@mantine/modals'
import { useEffect, useSyncExternalStore } from 'react'

import { questions } from '@/ui/questions'

/** ShownQuestions is where the windows are that ask. */
export default function ShownQuestions() {
  return (
    <ModalsProvider>
      <Open />
    </ModalsProvider>
  )
}

function Open() {
  const { modals, openConfirmModal } = useModals()
  const waiting = useSyncExternalStore(questions.subscribe, questions.waiting)
  useEffect(() => {
    const [first] = waiting
    if (first === undefined) return
    // A double click asks once.
    if (modals.length === 0) openConfirmModal(first)
    questions.shown(waiting)
  }, [waiting, modals, openConfirmModal])
  return null
}
