import { ModalsProvider, useModals } from '@mantine/modals'
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react'

import { questions } from '@/ui/questions'
import { opened, place } from '@/ui/windows'

// Over the window that a question is about, and one that stands over another.
const overWindows = 1_000

/** ShownQuestions is where the windows are that ask. */
export default function ShownQuestions() {
  return (
    <ModalsProvider modalProps={{ closeOnEscape: false, zIndex: overWindows }}>
      <Open />
    </ModalsProvider>
  )
}

function Open() {
  const { modals, openConfirmModal, closeModal } = useModals()
  const waiting = useSyncExternalStore(questions.subscribe, questions.waiting)
  // What has been given to the windows and is not among them yet.
  const opens = useRef<ReactNode>(undefined)
  useEffect(() => {
    if (modals.length > 0) opens.current = undefined
    const open = opens.current ?? modals.at(-1)?.props.title
    // A double click asks once; another question waits until this one has its answer.
    const again = waiting.filter((question) => open !== undefined && question.title === open)
    const [first] = waiting
    if (again.length > 0) {
      again.forEach((question) => question.onCancel?.())
      questions.shown(again)
    } else if (first !== undefined && open === undefined) {
      opens.current = first.title
      openConfirmModal(first)
      questions.shown([first])
    }
  }, [waiting, modals, openConfirmModal])
  const shown = modals.at(-1)?.id
  useEffect(() => (shown === undefined ? undefined : opened({ at: place(), loses: () => false, holds: true, close: () => closeModal(shown, true) })), [shown, closeModal])
  return null
}
