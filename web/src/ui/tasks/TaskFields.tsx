import { Checkbox, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { ApiError } from '@/api/problem'
import { MomentField } from '@/ui/dates'
import { UserPicker } from '@/ui/pickers'

/** What one writes of a personal task or an assignment (R10). */
export interface TaskDraft {
  title: string
  description: string
  assignee_id: string | null
  due_at: string | null
  remind_at: string | null
  controlled: boolean
}

export const noTask: TaskDraft = { title: '', description: '', assignee_id: null, due_at: null, remind_at: null, controlled: true }

/** Pointers of what the fields tell by themselves. */
export const taskPointers = ['/title', '/description', '/assignee_id', '/due_at', '/remind_at']

interface Props {
  kind: 'personal' | 'assignment'
  draft: TaskDraft
  set: (change: Partial<TaskDraft>) => void
  problem: ApiError | undefined
  /** One has tried to send it: what is missing is told. */
  tried?: boolean
  /** Of one that is there already, whether its author looks at the result is settled. */
  there?: boolean
}

/** TaskFields are the fields of a personal task or an assignment, be it a new one or one that is changed. */
export function TaskFields({ kind, draft, set, problem, tried = false, there = false }: Props) {
  const { t } = useTranslation(['tasks', 'common'])
  const assigns = kind === 'assignment'
  const missing = (pointer: string, empty: boolean) => problem?.field(pointer) ?? (tried && empty ? t('common:required') : undefined)
  return (
    <>
      <TextInput label={t('taskTitle')} required data-autofocus maxLength={500} value={draft.title} error={missing('/title', draft.title.trim() === '')} onChange={(event) => set({ title: event.currentTarget.value })} />
      {assigns && <UserPicker label={t('assignee')} required value={draft.assignee_id} onChange={(assignee_id) => set({ assignee_id })} error={missing('/assignee_id', draft.assignee_id === null)} />}
      <Textarea label={t('description')} autosize minRows={2} maxRows={10} maxLength={20_000} value={draft.description} error={problem?.field('/description')} onChange={(event) => set({ description: event.currentTarget.value })} />
      <MomentField label={t('due')} value={draft.due_at} onChange={(due_at) => set({ due_at })} usualTime="18:00" error={problem?.field('/due_at')} />
      <MomentField label={t('remind')} value={draft.remind_at} onChange={(remind_at) => set({ remind_at })} error={problem?.field('/remind_at')} />
      {assigns && !there && <Checkbox label={t('controlled')} checked={draft.controlled} onChange={(event) => set({ controlled: event.currentTarget.checked })} />}
    </>
  )
}
