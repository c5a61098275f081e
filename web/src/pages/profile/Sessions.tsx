import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'

const key = ['own-sessions']

/** Sessions is where one is signed in. */
export function Sessions() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const queries = useQueryClient()
  const list = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/me/sessions')) })
  const again = () => queries.invalidateQueries({ queryKey: key })
  const end = useMutation({ mutationFn: (id: string) => answer(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } })), onSuccess: () => tell.done(t('sessions.ended')), onError: tell.problem, onSettled: again })
  const endAll = useMutation({ mutationFn: () => answer(api.DELETE('/api/v1/me/sessions')), onSuccess: () => tell.done(t('sessions.endedAll')), onError: tell.problem, onSettled: again })
  const items = [...(list.data?.items ?? [])].sort((a, b) => Number(b.current) - Number(a.current))
  const askAll = () =>
    askFirst({ title: t('sessions.endAll'), children: <Text size="sm">{t('sessions.endAllText')}</Text>, labels: { cancel: common('back'), confirm: t('sessions.endAll') }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: () => endAll.mutate() })
  const ask = (session: Schema<'Session'>) =>
    askFirst({
      title: t('sessions.endTitle'),
      children: <Text size="sm">{t('sessions.endText', { where: whereOf(session) ?? t('sessions.unknown') })}</Text>,
      labels: { cancel: common('back'), confirm: t('sessions.end') },
      confirmProps: { color: 'red' },
      withCloseButton: false,
      onConfirm: () => end.mutate(session.id),
    })
  return (
    <Block
      title={t('sessions.title')}
      actions={
        items.length > 1 && (
          <Button size="compact-sm" variant="subtle" color="red" onClick={askAll} loading={endAll.isPending}>
            {t('sessions.endAll')}
          </Button>
        )
      }
    >
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      <Stack gap="xs" role="list" aria-label={t('sessions.title')}>
        {items.map((session) => (
          <Line key={session.id} session={session} busy={end.isPending && end.variables === session.id} onEnd={() => ask(session)} />
        ))}
      </Stack>
    </Block>
  )
}

function Line({ session, busy, onEnd }: { session: Schema<'Session'>; busy: boolean; onEnd: () => void }) {
  const { t } = useTranslation('profile')
  const format = useFormat()
  return (
    <Group role="listitem" justify="space-between" gap="xs" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <Group gap={6}>
          <Text size="sm" fw={550} style={{ overflowWrap: 'anywhere' }}>
            {whereOf(session) ?? t('sessions.unknown')}
          </Text>
          {session.current && <Badge color="green">{t('sessions.current')}</Badge>}
        </Group>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {[session.address, t('sessions.used', { when: format.ago(session.last_used_at ?? session.created_at) }), t('sessions.since', { when: format.date(session.created_at) })].filter(Boolean).join(' · ')}
        </Text>
      </div>
      {!session.current && (
        <Button size="compact-sm" variant="subtle" color="red" onClick={onEnd} loading={busy}>
          {t('sessions.end')}
        </Button>
      )}
    </Group>
  )
}

const whereOf = (session: Schema<'Session'>) => session.agent && programOf(session.agent)

/** programOf makes of what a browser says of itself something one knows it by: “Firefox, Windows”. */
function programOf(agent: string): string {
  const browsers = [['Edg/', 'Edge'], ['YaBrowser/', 'Яндекс Браузер'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']] as const
  const systems = [['Windows', 'Windows'], ['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Mac OS', 'macOS'], ['Linux', 'Linux']] as const
  const browser = browsers.find(([mark]) => agent.includes(mark))?.[1]
  const system = systems.find(([mark]) => agent.includes(mark))?.[1]
  return browser === undefined ? agent : [browser, system].filter(Boolean).join(', ')
}
