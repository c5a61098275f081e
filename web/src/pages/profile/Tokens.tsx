import { Alert, Badge, Button, Checkbox, Code, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck, IconCopy, IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf } from '@/i18n/wall'
import { Block } from '@/ui/Block'
import { DayField } from '@/ui/dates'
import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'
import { Window } from '@/ui/Window'

import { useOwn } from './me'

const key = keys.tokens
type Scope = NonNullable<Schema<'NewTokenInputBody'>['scopes']>[number]

const allScopes: Scope[] = ['read', 'work', 'lead', 'design', 'administer', 'settings', 'report', 'export', 'audit']

/** Tokens is what programs sign in with in one's name. */
export function Tokens() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const format = useFormat()
  const queries = useQueryClient()
  const [making, make] = useState(false)
  const list = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/me/tokens')) })
  const revoke = useMutation({
    mutationFn: (id: string) => answer(api.DELETE('/api/v1/me/tokens/{id}', { params: { path: { id } } })),
    onSuccess: () => tell.done(t('tokens.revoked')), onError: tell.problem, onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  const items = list.data?.items ?? []
  const ask = (token: Schema<'Token'>) =>
    askFirst({
      title: t('tokens.revoke'), children: <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{t('tokens.revokeText', { name: token.name })}</Text>, labels: { cancel: common('back'), confirm: t('tokens.revoke') }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: () => revoke.mutate(token.id),
    })
  return (
    <Block
      title={t('tokens.title')}
      actions={
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => make(true)}>
          {t('tokens.make')}
        </Button>
      }
    >
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('tokens.none')}
        </Text>
      )}
      <Stack gap="xs" role="list" aria-label={t('tokens.title')}>
        {items.map((token) => (
          <Group key={token.id} role="listitem" justify="space-between" gap="xs" wrap="nowrap">
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={550} style={{ overflowWrap: 'anywhere' }}>
                {token.name}
              </Text>
              <Text size="xs" c="dimmed">
                {[t('tokens.until', { when: format.date(token.expires_at) }), token.last_used_at === undefined ? t('tokens.unused') : t('sessions.used', { when: format.ago(token.last_used_at) })].join(' · ')}
              </Text>
              <Group gap={4} mt={2}>
                {(token.scopes ?? []).map((scope) => (
                  <Badge key={scope} color="gray">
                    {t(`scopes.${scope}`)}
                  </Badge>
                ))}
                {(token.scopes ?? []).length === 0 && <Badge color="orange">{t('tokens.everything')}</Badge>}
              </Group>
            </div>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => ask(token)} aria-label={t('tokens.revokeOf', { name: token.name })}>
              {t('tokens.revoke')}
            </Button>
          </Group>
        ))}
      </Stack>
      <NewToken opened={making} onClose={() => make(false)} />
    </Block>
  )
}

function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('profile')
  const [secret, setSecret] = useState<string>()
  const close = () => {
    setSecret(undefined)
    onClose()
  }
  return (
    // What is shown once is not to be clicked away.
    <Window opened={opened} onClose={close} title={t('tokens.make')} closeOnClickOutside={secret === undefined} {...(secret === undefined ? {} : { loses: true, losing: { title: t('lose.secret', { ns: 'common' }), text: t('tokens.once'), close: t('close', { ns: 'common' }) } })}>
      {opened && (secret === undefined ? <TokenForm onMade={setSecret} /> : <Secret secret={secret} onClose={close} />)}
    </Window>
  )
}

function TokenForm({ onMade }: { onMade: (secret: string) => void }) {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const format = useFormat()
  const me = useOwn()
  const queries = useQueryClient()
  const { key: requestKey, refused } = useRequestKey()
  const [name, setName] = useState('')
  const [day, setDay] = useState<string | null>(() => dayAfter(format.dayKey(new Date()), 90))
  const [scopes, setScopes] = useState<Scope[]>(['read'])
  const [tried, setTried] = useState(false)
  const make = useMutation({
    mutationFn: (body: Schema<'NewTokenInputBody'>) => answer(api.POST('/api/v1/me/tokens', { params: { header: { 'Idempotency-Key': requestKey } }, body })),
    onSuccess: async (made) => {
      onMade(made.token)
      await queries.invalidateQueries({ queryKey: key })
    },
    onError: refused,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() === '') return
    const until = day === null ? undefined : instantOf({ date: dayAfter(day, 1), time: '00:00' }, format.timeZone)
    make.mutate({ name: name.trim(), ...(scopes.length === 0 ? {} : { scopes }), ...(until === undefined ? {} : { expires_at: until }) })
  }
  const error = make.error === null ? undefined : asApiError(make.error)
  const shown = ['/name', '/expires_at', '/scopes'].some((pointer) => error?.field(pointer) !== undefined)
  const offered = allScopes.filter((scope) => scope === 'read' || me.rights?.includes(scope))
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput data-autofocus required label={t('tokens.name')} description={t('tokens.nameText')} value={name} onChange={(event) => setName(event.currentTarget.value)} error={error?.field('/name') ?? (tried && name.trim() === '' ? common('required') : undefined)} />
        <DayField label={t('tokens.lastDay')} description={t('tokens.lastDayText')} value={day} onChange={setDay} error={error?.field('/expires_at')} />
        <Checkbox.Group label={t('tokens.scopes')} description={t('tokens.scopesText')} value={scopes} onChange={(chosen) => setScopes(offered.filter((scope) => chosen.includes(scope)))} error={error?.field('/scopes')}>
          <Stack gap={6} mt={6}>
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`scopes.${scope}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        {error !== undefined && !shown && <Failure error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending}>
            {t('tokens.make')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation('profile')
  return (
    <Stack gap="sm">
      <Alert color="yellow" role="alert">
        {t('tokens.once')}
      </Alert>
      <Code block aria-label={t('tokens.secret')} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {secret}
      </Code>
      <Group justify="space-between">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} onClick={copy}>
              {t(copied ? 'tokens.copied' : 'tokens.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('tokens.kept')}</Button>
      </Group>
    </Stack>
  )
}
