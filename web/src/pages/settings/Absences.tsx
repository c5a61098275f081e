import { Badge, Button, Checkbox, Group, Radio, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useDepartments, useUserName, useUsers, type Department, type User } from '@/api/people'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe, useRight, type Me } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { When } from '@/ui/bits'
import { MomentField } from '@/ui/dates'
import { Empty } from '@/ui/Empty'
import { ListTable, type ListColumn } from '@/ui/ListTable'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'
import { useList } from '@/ui/useList'

import { FormWindow } from '@/ui/edit/FormWindow'
import { useSure } from './parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'

type Absence = Schema<'Absence'>

const colors: Record<Absence['state'], string> = { planned: 'blue', now: 'orange', over: 'gray', cancelled: 'gray' }

/** heads tells whether somebody is the head of a user's department, or of one above it. */
function heads(me: Me, user: User | undefined, departments: Department[]): boolean {
  let at = departments.find((one) => one.id === user?.department_id)
  for (let up = 0; at !== undefined && up < 50; up += 1) {
    if (at.head_id === me.id) return true
    const above = at.parent_id
    at = departments.find((one) => one.id === above)
  }
  return false
}

/** useStaff are those whose absences one plans: oneself, those one heads, and, for whoever leads, everybody. */
function useStaff(): (id: string) => boolean {
  const me = useMe()
  const leads = useRight('lead')
  const users = useUsers()
  const departments = useDepartments()
  return (id) => me !== undefined && (leads || id === me.id || heads(me, users.find((user) => user.id === id), departments))
}

/** Absences is who is or will be away, and who stands in. */
export default function Absences() {
  const { t } = useTranslation(['settings', 'common'])
  const me = useMe()
  const userName = useUserName()
  const mayPlan = useStaff()
  const end = useEnding()
  const [mine, setMine] = useState(false)
  const [open, setOpen] = useState<Absence | 'new'>()
  const query = useList<Absence>([...keys.absences, mine], (after) => answer(api.GET('/api/v1/absences', { params: { query: { limit: 50, ...(after === undefined ? {} : { after }), ...(mine ? { user: 'me' } : {}) } } })))
  const columns: ListColumn<Absence>[] = [
    {
      key: 'who', head: t('absences.who'),
      cell: (absence) => (
        <Text size="sm" className="as-typed">
          {userName(absence.user_id)} {absence.user_id === me?.id && `(${t('common:me')})`}
        </Text>
      ),
    },
    {
      key: 'when', head: t('absences.when'),
      cell: (absence) => (
        <Text size="sm">
          <When at={absence.starts_at} /> – <When at={absence.ends_at} />
        </Text>
      ),
    },
    { key: 'state', head: t('absences.state'), width: '130px', phone: false, cell: (absence) => <Badge color={colors[absence.state]}>{t(`absences.states.${absence.state}`)}</Badge> },
    {
      key: 'instead', head: t('absences.instead'), phone: false,
      cell: (absence) => (
        <Text size="sm" className="as-typed">
          {absence.substitute_id === undefined ? t(`absences.tasksTo.${absence.tasks_to}`) : userName(absence.substitute_id)}
          {absence.substitute_id !== undefined && absence.tasks_to !== 'substitute' && ` · ${t(`absences.tasksTo.${absence.tasks_to}`)}`}
        </Text>
      ),
    },
    {
      key: 'actions', head: '', width: 'max-content',
      cell: (absence) =>
        mayPlan(absence.user_id) &&
        (absence.state === 'planned' || absence.state === 'now') && (
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <Button size="compact-sm" variant="subtle" onClick={() => setOpen(absence)} aria-label={t('changeOf', { name: userName(absence.user_id) })}>
              {t('common:edit')}
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => end(absence, userName(absence.user_id))} aria-label={t(absence.state === 'now' ? 'absences.endOf' : 'absences.cancelOf', { name: userName(absence.user_id) })}>
              {t(absence.state === 'now' ? 'absences.end' : 'absences.cancel')}
            </Button>
          </Group>
        ),
    },
  ]
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {t('absences.text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
          {t('absences.new')}
        </Button>
      </Group>
      <Checkbox label={t('absences.mine')} checked={mine} onChange={(event) => setMine(event.currentTarget.checked)} />
      <ListTable label={t('sections.absences')} query={query} columns={columns} idOf={(absence) => absence.id} nameOf={(absence) => userName(absence.user_id)} empty={<Empty title={t('absences.none')} text={t('absences.noneText')} />} />
      {open !== undefined && <AbsenceForm absence={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </Stack>
  )
}

function useEnding(): (absence: Absence, name: string) => void {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const sure = useSure()
  const end = useMutation({
    mutationFn: async (id: string) => {
      const { etag } = await versioned(api.GET('/api/v1/absences/{id}', { params: { path: { id } } }))
      return answer(api.DELETE('/api/v1/absences/{id}', { params: { path: { id }, header: { 'If-Match': etag } } }))
    },
    onSuccess: () => tell.done(t('absences.ended')),
    onError: tell.problem,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.absences }),
  })
  return ({ id, state }, name) => {
    const now = state === 'now'
    sure({ title: t(now ? 'absences.endTitle' : 'absences.cancelTitle', { name }), text: t(now ? 'absences.endText' : 'absences.cancelText'), yes: t(now ? 'absences.end' : 'absences.cancel'), onYes: () => end.mutate(id) })
  }
}

interface Draft {
  user_id: string | null
  starts_at: string | null
  ends_at: string | null
  substitute_id: string | null
  tasks_to: Absence['tasks_to']
}

const draftOf = (absence: Absence): Draft => ({ user_id: absence.user_id, starts_at: absence.starts_at, ends_at: absence.ends_at, substitute_id: absence.substitute_id ?? null, tasks_to: absence.tasks_to })
const ways: Absence['tasks_to'][] = ['substitute', 'pool', 'head']

function AbsenceForm({ absence, onClose }: { absence: Absence | undefined; onClose: () => void }) {
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
          // A list tells no versions: what the form began with is compared with what is there when it is sent.
          etag: '"0"',
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
  return (
    <FormWindow title={absence === undefined ? t('absences.new') : t('absences.of', { name: userName(absence.user_id) })} form={form} onClose={onClose} fieldName={(field) => t(`absences.fields.${field}`)} shown={shown} pointers={['/user_id', '/starts_at', '/ends_at', '/substitute_id', '/tasks_to']}>
      {absence === undefined && others && <UserPicker label={t('absences.fields.user_id')} clearable={false} value={draft.user_id} onChange={(user_id) => set({ user_id })} error={problem?.field('/user_id')} />}
      <MomentField required label={t('absences.fields.starts_at')} disabled={begun} value={draft.starts_at} onChange={(starts_at) => set({ starts_at })} error={problem?.field('/starts_at')} />
      <MomentField required label={t('absences.fields.ends_at')} description={t('absences.endsText')} value={draft.ends_at} onChange={(ends_at) => set({ ends_at })} error={problem?.field('/ends_at')} />
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
