import { Button } from '@mantine/core'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { BulkProgress } from '@/ui/BulkProgress'
import { lazy } from '@/ui/lazy'
import { useAbilities, useMoveTasks, type Task } from '@/ui/tasks/tasks'

const DelegateDialog = lazy(async () => ({ default: (await import('@/ui/tasks/DelegateDialog')).DelegateDialog }))

/** Bulk takes, returns or hands over several tasks at once; each button counts those it can be done with. What is refused stays chosen. */
export function Bulk({ tasks, onDone }: { tasks: Task[]; onDone: (refused: string[]) => void }) {
  const { t } = useTranslation('tasks')
  const can = useAbilities()
  const [delegating, setDelegating] = useState(false)
  const move = useMoveTasks((moved) => onDone(moved.refused.map((one) => one.id)))
  const nameOf = (id: string) => {
    const task = tasks.find((one) => one.id === id)
    return [task?.case?.number, task?.name].filter(Boolean).join(' ')
  }
  const of = (test: (task: Task) => boolean) => tasks.filter(test).map((task) => task.id)
  const [toTake, toRelease, toDelegate] = [of(can.take), of(can.release), of(can.delegate)]
  return (
    <>
      {toTake.length > 0 && (
        <Button size="compact-sm" variant="filled" loading={move.isPending} onClick={() => move.mutate({ ids: toTake, move: { kind: 'take' }, nameOf })}>
          {t('take')} · {toTake.length}
        </Button>
      )}
      {toRelease.length > 0 && (
        <Button size="compact-sm" variant="default" loading={move.isPending} onClick={() => move.mutate({ ids: toRelease, move: { kind: 'release' }, nameOf })}>
          {t('release')} · {toRelease.length}
        </Button>
      )}
      {toDelegate.length > 0 && (
        <Button size="compact-sm" variant="default" loading={move.isPending} onClick={() => setDelegating(true)}>
          {t('delegate')} · {toDelegate.length}
        </Button>
      )}
      {move.isPending && move.variables.ids.length > 1 && <BulkProgress done={move.progress} of={move.variables.ids.length} />}
      {delegating && (
        <Suspense fallback={null}>
          <DelegateDialog count={toDelegate.length} opened onClose={() => setDelegating(false)} onChosen={(to) => move.mutate({ ids: toDelegate, move: { kind: 'delegate', to }, nameOf })} />
        </Suspense>
      )}
    </>
  )
}
