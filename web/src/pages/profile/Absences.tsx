import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'

import { useOwn } from './me'

const AbsenceForm = lazy(() => import('@/ui/absences/AbsenceForm'))

type Absence = Schema<'Absence'>

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
      {planning && (
        <Suspense>
          <AbsenceForm mine onClose={() => plan(false)} />
        </Suspense>
      )}
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
    askFirst({
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
