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
  const { openConfirmModal } = useModals()
  const waiting = useSyncExternalStore(questions.subscribe, questions.waiting)
  useEffect(() => {
    if (waiting.length === 0) return
    waiting.forEach((question) => openConfirmModal(question))
    questions.shown(waiting)
  }, [waiting, openConfirmModal])
  return null
}
