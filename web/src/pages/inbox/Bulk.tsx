import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useAbilities, useMoveTasks, type Task } from '@/ui/tasks/tasks'

const DelegateDialog = lazy(async () => ({ default: (await import('@/ui/tasks/DelegateDialog')).DelegateDialog }))

/** Bulk takes, returns or hands over several tasks at once; each button counts those it can be done with. */
export function Bulk({ tasks, onDone }: { tasks: Task[]; onDone: () => void }) {
  const { t } = useTranslation('tasks')
  const can = useAbilities()
  const [delegating, setDelegating] = useState(false)
  const move = useMoveTasks(onDone)
  const of = (test: (task: Task) => boolean) => tasks.filter(test).map((task) => task.id)
  const [toTake, toRelease, toDelegate] = [of(can.take), of(can.release), of(can.delegate)]
  return (
    <>
      {toTake.length > 0 && (
        <Button size="compact-sm" variant="filled" loading={move.isPending} onClick={() => move.mutate({ ids: toTake, move: { kind: 'take' } })}>
          {t('take')} · {toTake.length}
        </Button>
      )}
      {toRelease.length > 0 && (
        <Button size="compact-sm" variant="default" loading={move.isPending} onClick={() => move.mutate({ ids: toRelease, move: { kind: 'release' } })}>
          {t('release')} · {toRelease.length}
        </Button>
      )}
      {toDelegate.length > 0 && (
        <Button size="compact-sm" variant="default" loading={move.isPending} onClick={() => setDelegating(true)}>
          {t('delegate')} · {toDelegate.length}
        </Button>
      )}
      {delegating && (
        <Suspense fallback={null}>
          <DelegateDialog count={toDelegate.length} opened onClose={() => setDelegating(false)} onChosen={(to) => move.mutate({ ids: toDelegate, move: { kind: 'delegate', to } })} />
        </Suspense>
      )}
    </>
  )
}
