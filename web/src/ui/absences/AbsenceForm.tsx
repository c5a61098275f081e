import { Radio, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName, useUsers } from '@/api/people'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { MomentField } from '@/ui/dates'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { useStaff } from './useStaff'

type Absence = Schema<'Absence'>

interface Draft {
  user_id: string | null
  starts_at: string | null
  ends_at: string | null
  substitute_id: string | null
  tasks_to: Absence['tasks_to']
}

const draftOf = (absence: Absence): Draft => ({ user_id: absence.user_id, starts_at: absence.starts_at, ends_at: absence.ends_at, substitute_id: absence.substitute_id ?? null, tasks_to: absence.tasks_to })
const ways: Absence['tasks_to'][] = ['substitute', 'pool', 'head']

interface Props {
  /** Missing: one is planned. */
  absence?: Absence | undefined
  /** Whoever plans one here plans his own. */
  mine?: boolean
  onClose: () => void
}

/** AbsenceForm plans an absence, or changes one that is not over: when somebody is away, and who has his tasks meanwhile. */
export default function AbsenceForm({ absence, mine = false, onClose }: Props) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const format = useFormat()
  const userName = useUserName()
  const me = useMe()
  const request = useRequestKey()
  const mayPlan = useStaff()
  const others = useUsers().some((user) => user.active && user.id !== me?.id && mayPlan(user.id))
  const id = absence?.id
  const form = useRecordForm<Draft>({
    start: absence === undefined ? { user_id: me?.id ?? null, starts_at: null, ends_at: null, substitute_id: null, tasks_to: 'substitute' } : draftOf(absence),
    ...(id === undefined
      ? {}
      : {
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/absences/{id}', { params: { path: { id } } }))
            return { data: draftOf(data), etag }
          },
        }),
    write: async ({ user_id, starts_at, ends_at, substitute_id, tasks_to }, etag, fields) => {
      if (id !== undefined) {
        const all = { starts_at, ends_at, substitute_id, tasks_to }
        const body: Schema<'PatchAbsenceInputBody'> = Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field as keyof Draft)))
        return answer(api.PATCH('/api/v1/absences/{id}', { params: { path: { id }, header: { 'If-Match': etag ?? '*' } }, body }))
      }
      const body = { starts_at: starts_at ?? '', ends_at: ends_at ?? '', tasks_to, ...(user_id === null ? {} : { user_id }), ...(substitute_id === null ? {} : { substitute_id }) }
      return answer(api.POST('/api/v1/absences', { params: { header: { 'Idempotency-Key': request.key } }, body })).catch((error: unknown) => {
        request.refused(error)
        throw error
      })
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.absences })
      void queries.invalidateQueries({ queryKey: keys.tasks })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof Draft, value: unknown): string => {
    const text = (value as string | null) ?? ''
    if (field === 'starts_at' || field === 'ends_at') return text === '' ? '' : format.moment(text)
    return field === 'tasks_to' ? t(`absences.tasksTo.${value as Absence['tasks_to']}`) : userName(text)
  }
  const begun = absence?.state === 'now'
  const wrong = (field: 'starts_at' | 'ends_at') => (problem?.field(`/${field}`) !== undefined && draft[field] === null ? t('common:required') : problem?.field(`/${field}`))
  return (
    <FormWindow title={absence === undefined ? t('absences.new') : t('absences.of', { name: userName(absence.user_id) })} form={form} onClose={onClose} fieldName={(field) => t(`absences.fields.${field}`)} shown={shown} pointers={['/user_id', '/starts_at', '/ends_at', '/substitute_id', '/tasks_to']}>
      {absence === undefined && !mine && others && <UserPicker label={t('absences.fields.user_id')} clearable={false} value={draft.user_id} onChange={(user_id) => set({ user_id })} error={problem?.field('/user_id')} />}
      <MomentField required label={t('absences.fields.starts_at')} disabled={begun} value={draft.starts_at} onChange={(starts_at) => set({ starts_at })} error={wrong('starts_at')} />
      <MomentField required label={t('absences.fields.ends_at')} description={t('absences.endsText')} value={draft.ends_at} onChange={(ends_at) => set({ ends_at })} error={wrong('ends_at')} />
      <UserPicker label={t('absences.fields.substitute_id')} description={t('absences.substituteText')} value={draft.substitute_id} onChange={(substitute_id) => set({ substitute_id, tasks_to: substitute_id === null && draft.tasks_to === 'substitute' ? 'head' : substitute_id !== null && draft.substitute_id === null ? 'substitute' : draft.tasks_to })} error={problem?.field('/substitute_id')} />
      <Radio.Group label={t('absences.fields.tasks_to')} value={draft.tasks_to} onChange={(way) => set({ tasks_to: way })} error={problem?.field('/tasks_to')}>
        <Stack gap={6} mt={4}>
          {ways.map((way) => (
            <Radio key={way} value={way} label={t(`absences.tasksTo.${way}`)} disabled={way === 'substitute' && draft.substitute_id === null} />
          ))}
        </Stack>
      </Radio.Group>
    </FormWindow>
  )
}
