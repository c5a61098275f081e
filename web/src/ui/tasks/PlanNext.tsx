import { Button, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useKept } from '@/ui/edit/useKept'
import { ItemForm, type Values } from '@/ui/fields/ItemForm'
import { Failure } from '@/ui/Failure'

import type { Done } from './TaskPanel'
import { refreshTasks, type Task } from './tasks'

/** PlanNext completes a task “plan the next step” (R2): by planning the next interaction with the client. */
export function PlanNext({ task, onDone }: { task: Task; onDone: (done: Done) => void }) {
  const { t } = useTranslation('tasks')
  const queries = useQueryClient()
  const { value: values, set: setValues, drop } = useKept<Values>(`task.${task.id}.plan`, {})
  const { key, refused } = useRequestKey()
  const planned = (values.next ?? {}) as Partial<Schema<'NewInteractionInputBody'>>
  const plan = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/interactions', {
          params: { header: { 'Idempotency-Key': key } },
          body: { kind: planned.kind ?? 'call', at: planned.at ?? '', status: 'planned', ...(planned.topic ? { topic: planned.topic } : {}), ...(planned.content ? { content: planned.content } : {}), ...(task.case_id === undefined ? {} : { case_id: task.case_id }) },
        }),
      ),
    onSuccess: async () => {
      drop()
      onDone({ title: t('done.planned'), next: [] })
      await refreshTasks(queries, task.case_id)
    },
    onError: refused,
  })
  const item = { field: 'next', type: 'planned_interaction', name: t('planNext'), names: { en: '', ru: '' }, required: true }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        plan.mutate()
      }}
    >
      <Stack gap="sm" align="stretch">
        <ItemForm items={[item]} values={values} onChange={(typed) => setValues(() => typed)} clientID={task.case?.client_id} caseID={task.case_id} />
        {plan.isError && <Failure error={asApiError(plan.error)} />}
        <Button type="submit" loading={plan.isPending} disabled={planned.at === undefined} style={{ alignSelf: 'flex-start' }}>
          {t('plan')}
        </Button>
      </Stack>
    </form>
  )
}
