import { Badge, Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useRequestKey } from '@/api/useRequestKey'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { MomentField } from '@/ui/dates'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { useOwn } from './me'

const AbsenceForm = lazy(() => import('@/ui/absences/AbsenceForm'))

type Absence = Schema<'Absence'>
type TasksTo = Absence['tasks_to']

const key = ['absences']

/** Absences is when one is away, and who has one's tasks meanwhile. */
export function Absences() {
  const { t } = useTranslation('profile')
  const me = useOwn()
  const works = useRight('work')
  const [planning, plan] = useState(false)
  const list = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/absences')) })
  const mine = (list.data?.items ?? []).filter((absence) => absence.user_id === me.id)
  const standingIn = (list.data?.items ?? []).filter((absence) => absence.substitute_id === me.id)
  return (
    <Block
      title={t('absences.title')}
      actions={
        works && (
          <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => plan(true)}>
            {t('absences.plan')}
          </Button>
        )
      }
    >
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && mine.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('absences.none')}
        </Text>
      )}
      <Stack gap="xs">
        {mine.map((absence) => (
          <Line key={absence.id} absence={absence} />
        ))}
        {standingIn.map((absence) => (
          <StandsIn key={absence.id} absence={absence} />
        ))}
      </Stack>
      <Modal opened={planning} onClose={() => plan(false)} title={t('absences.plan')} closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}>
        {planning && <Plan onDone={() => plan(false)} />}
      </Modal>
    </Block>
  )
}

function Line({ absence }: { absence: Absence }) {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const format = useFormat()
  const nameOf = useUserName()
  const queries = useQueryClient()
  const works = useRight('work')
  const [changing, setChanging] = useState(false)
  const now = absence.state === 'now'
  const end = useMutation({
    mutationFn: async () => {
      const { etag } = await versioned(api.GET('/api/v1/absences/{id}', { params: { path: { id: absence.id } } }))
      await answer(api.DELETE('/api/v1/absences/{id}', { params: { path: { id: absence.id }, header: { 'If-Match': etag } } }))
    },
    onSuccess: () => tell.done(t(now ? 'absences.ended' : 'absences.cancelled')),
    onError: tell.problem,
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  const period = t('absences.period', { from: format.moment(absence.starts_at), to: format.moment(absence.ends_at) })
  const ask = () =>
    modals.openConfirmModal({
      title: t(now ? 'absences.end' : 'absences.cancel'), children: <Text size="sm">{period}</Text>, labels: { cancel: common('back'), confirm: t(now ? 'absences.end' : 'absences.cancel') }, withCloseButton: false, onConfirm: () => end.mutate(),
    })
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <Group gap={6}>
          <Text size="sm" fw={550}>
            {period}
          </Text>
          {now && <Badge color="orange">{t('absences.now')}</Badge>}
        </Group>
        <Text size="xs" c="dimmed">
          {absence.tasks_to === 'substitute' ? t('absences.toSubstitute', { name: nameOf(absence.substitute_id) }) : t(`absences.tasksTo.${absence.tasks_to}`)}
        </Text>
      </div>
      {works && (
        <Group gap={4}>
          <Button size="compact-sm" variant="subtle" onClick={() => setChanging(true)} aria-label={t('absences.changeOf', { period })}>
            {common('edit')}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={ask} loading={end.isPending}>
            {t(now ? 'absences.end' : 'absences.cancel')}
          </Button>
        </Group>
      )}
      {changing && (
        <Suspense>
          <AbsenceForm absence={absence} onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </Group>
  )
}

function StandsIn({ absence }: { absence: Absence }) {
  const { t } = useTranslation('profile')
  const format = useFormat()
  const nameOf = useUserName()
  return (
    <Text size="sm">
      {t('absences.standIn', { name: nameOf(absence.user_id), period: t('absences.period', { from: format.moment(absence.starts_at), to: format.moment(absence.ends_at) }) })}
    </Text>
  )
}

const ways: TasksTo[] = ['substitute', 'pool', 'head']

function Plan({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const queries = useQueryClient()
  const { key: requestKey, refused } = useRequestKey()
  const [from, setFrom] = useState<string | null>(null)
  const [to, setTo] = useState<string | null>(null)
  const [substitute, setSubstitute] = useState<string | null>(null)
  const [tasksTo, setTasksTo] = useState<TasksTo>('substitute')
  const [tried, setTried] = useState(false)
  const plan = useMutation({
    mutationFn: (body: Schema<'NewAbsenceInputBody'>) => answer(api.POST('/api/v1/absences', { params: { header: { 'Idempotency-Key': requestKey } }, body })),
    onSuccess: async () => {
      tell.done(t('absences.planned'))
      await queries.invalidateQueries({ queryKey: key })
      onDone()
    },
    onError: refused,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (from === null || to === null || (tasksTo === 'substitute' && substitute === null)) return
    plan.mutate({ starts_at: from, ends_at: to, tasks_to: tasksTo, ...(tasksTo === 'substitute' && substitute !== null ? { substitute_id: substitute } : {}) })
  }
  const error = plan.error === null ? undefined : asApiError(plan.error)
  const missing = (value: string | null) => (tried && value === null ? common('required') : undefined)
  const shown = ['/starts_at', '/ends_at', '/substitute_id', '/tasks_to'].some((pointer) => error?.field(pointer) !== undefined)
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <MomentField label={t('absences.from')} required value={from} onChange={setFrom} error={error?.field('/starts_at') ?? missing(from)} />
        <MomentField label={t('absences.to')} required value={to} onChange={setTo} usualTime="18:00" error={error?.field('/ends_at') ?? missing(to)} />
        <Select label={t('absences.tasks')} allowDeselect={false} value={tasksTo} onChange={(way) => setTasksTo(ways.find((one) => one === way) ?? 'substitute')} data={ways.map((way) => ({ value: way, label: t(`absences.tasksTo.${way}`) }))} error={error?.field('/tasks_to')} />
        {tasksTo === 'substitute' && <UserPicker label={t('absences.substitute')} required value={substitute} onChange={setSubstitute} error={error?.field('/substitute_id') ?? missing(substitute)} />}
        {error !== undefined && !shown && <Failure error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={plan.isPending}>
            {t('absences.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
