import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { tell } from '@/ui/tell'

import { TaskFields, taskPointers, type TaskDraft } from './TaskFields'
import { refreshTasks, type Task } from './tasks'

const draftOf = (task: Task): TaskDraft => ({
  title: task.name, description: task.instructions ?? '', assignee_id: task.assignee_id ?? null, due_at: task.due_at ?? null, remind_at: task.remind_at ?? null, controlled: task.controlled ?? false,
})

const labels = { title: 'taskTitle', description: 'description', assignee_id: 'assignee', due_at: 'due', remind_at: 'remind', controlled: 'controlled' } as const

/** EditTask changes a personal task or an assignment (R10); what others have changed meanwhile stays, or is shown. */
export default function EditTask({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useTranslation(['tasks', 'common'])
  const queries = useQueryClient()
  const format = useFormat()
  const userName = useUserName()
  const path = { id: task.id }
  const kind = task.kind === 'assignment' ? 'assignment' : 'personal'
  const form = useRecordForm<TaskDraft>({
    start: draftOf(task),
    etag: `"${task.version}"`,
    read: async () => {
      const { data, etag } = await versioned(api.GET('/api/v1/tasks/{id}', { params: { path } }))
      return { data: draftOf(data), etag }
    },
    write: ({ title, description, assignee_id, due_at, remind_at }, etag, fields) => {
      const all = { title, description, due_at, remind_at, ...(assignee_id === null ? {} : { assignee_id }) }
      const body: Schema<'PatchTaskInputBody'> = Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field as keyof TaskDraft)))
      return answer(api.PATCH('/api/v1/tasks/{id}', { params: { path, header: { 'If-Match': etag ?? '*' } }, body }))
    },
    onDone: () => {
      tell.done(t('changed'))
      onClose()
      void refreshTasks(queries, task.case_id)
    },
  })
  const shown = (field: keyof TaskDraft, value: unknown): string => {
    const text = typeof value === 'string' ? value : ''
    if (field === 'assignee_id') return userName(text)
    return (field === 'due_at' || field === 'remind_at') && text !== '' ? format.moment(text) : text
  }
  return (
    <FormWindow title={t(`changeTitle.${kind}`)} size="lg" form={form} onClose={onClose} fieldName={(field) => t(labels[field])} shown={shown} pointers={taskPointers}>
      <TaskFields kind={kind} draft={form.draft} set={form.set} problem={form.problem} there />
    </FormWindow>
  )
}
