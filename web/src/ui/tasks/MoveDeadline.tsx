import { Textarea } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { api, versioned } from '@/api/client'
import { decided } from '@/api/commands'
import { useRequestKey } from '@/api/useRequestKey'
import { useFormat } from '@/i18n/useFormat'
import { MomentField } from '@/ui/dates'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { tell } from '@/ui/tell'

import { refreshTasks, type Task } from './tasks'

interface Draft {
  due_at: string | null
  reason: string
}

const draftOf = (task: Task): Draft => ({ due_at: task.due_at ?? null, reason: '' })

/** MoveDeadline moves the deadline of a task of a route, with a reason (R65); where somebody else has moved it meanwhile, that is shown. */
export default function MoveDeadline({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useTranslation('tasks')
  const queries = useQueryClient()
  const format = useFormat()
  const request = useRequestKey()
  const path = { id: task.id }
  const form = useRecordForm<Draft>({
    start: draftOf(task),
    etag: `"${task.version}"`,
    read: async () => {
      const { data, etag } = await versioned(api.GET('/api/v1/tasks/{id}', { params: { path } }))
      return { data: draftOf(data), etag }
    },
    write: (body, etag = '*') =>
      decided(api.POST('/api/v1/tasks/{id}/deadline', { params: { path, header: { 'If-Match': etag, 'Idempotency-Key': `${request.key} ${etag}` } }, body })).catch((error: unknown) => {
        request.refused(error)
        throw error
      }),
    onDone: () => {
      tell.done(t('deadline.done'))
      onClose()
      void refreshTasks(queries, task.case_id)
    },
  })
  const { draft, set, problem } = form
  return (
    <FormWindow
      title={t('deadline.title')}
      submit={t('deadline.submit')}
      form={form}
      onClose={onClose}
      fieldName={(field) => t(field === 'due_at' ? 'deadline.due' : 'deadline.reason')}
      shown={(field, value) => (field === 'due_at' && typeof value === 'string' ? format.moment(value) : '')}
      pointers={['/due_at', '/reason']}
    >
      <MomentField label={t('deadline.due')} description={t('deadline.none')} usualTime="18:00" value={draft.due_at} onChange={(due_at) => set({ due_at })} error={problem?.field('/due_at')} />
      <Textarea label={t('deadline.reason')} required data-autofocus autosize minRows={2} maxRows={10} value={draft.reason} onChange={(event) => set({ reason: event.currentTarget.value })} error={problem?.field('/reason')} />
    </FormWindow>
  )
}
