import { Badge, Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useMe } from '@/app/session'
import { useStaff } from '@/ui/absences/useStaff'
import { When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { ListTable, type ListColumn } from '@/ui/ListTable'
import { lazy } from '@/ui/lazy'
import { tell } from '@/ui/tell'
import { useList } from '@/ui/useList'

import { useSure } from './parts'

const AbsenceForm = lazy(() => import('@/ui/absences/AbsenceForm'))

type Absence = Schema<'Absence'>

const colors: Record<Absence['state'], string> = { planned: 'blue', now: 'orange', over: 'gray', cancelled: 'gray' }

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
      key: 'actions', head: t('actions'), width: 'max-content',
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
      {open !== undefined && (
        <Suspense>
          <AbsenceForm absence={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />
        </Suspense>
      )}
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

