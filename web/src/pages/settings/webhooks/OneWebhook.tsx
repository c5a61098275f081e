import { Anchor, Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, versioned, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { tell } from '@/ui/tell'

import { Loaded, useSure } from '../parts'
import { Secret } from '../Secret'
import { Backlog } from './Backlog'
import { Deliveries } from './Deliveries'
import { WebhookForm } from './WebhookForm'
import type { Webhook } from './webhooks'

const readAgain = 3000

/** OneWebhook is a webhook, what can be done with it, and what it was told. */
export function OneWebhook({ id }: { id: string }) {
  const { t } = useTranslation('webhooks')
  const query = useQuery({ queryKey: [...keys.webhooks, id], queryFn: () => versioned(api.GET('/api/v1/webhooks/{id}', { params: { path: { id } } })), refetchInterval: readAgain })
  return (
    <Stack gap="md">
      <Anchor component={Link} to="/settings/webhooks" size="sm">
        {t('back')}
      </Anchor>
      <Loaded query={query}>
        {(webhook) => (
          <>
            <About webhook={webhook} />
            <Deliveries webhook={webhook.data} />
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function About({ webhook }: { webhook: Versioned<Webhook> }) {
  const { t } = useTranslation(['webhooks', 'common'])
  const { data } = webhook
  const [editing, setEditing] = useState<Versioned<Webhook>>()
  const acts = useActs(webhook)
  return (
    <section className="panel" style={{ padding: '14px 16px' }} aria-label={data.name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Group gap={6}>
              <Title order={2} size="h4" className="as-typed">
                {data.name}
              </Title>
              <Badge color={data.enabled ? 'green' : 'gray'}>{t(data.enabled ? 'on' : 'off')}</Badge>
              <Backlog webhook={data} />
            </Group>
            <Text size="sm" c="dimmed" className="as-typed">
              {data.url}
            </Text>
          </div>
          <Button loading={acts.testing} onClick={acts.test}>
            {t('test')}
          </Button>
        </Group>
        <Group gap={4} role="list" aria-label={t('kinds')}>
          {data.kinds.map((kind) => (
            <Badge key={kind} role="listitem" color="gray">
              {t(`events.${kind}`)}
            </Badge>
          ))}
        </Group>
        <Group gap={6}>
          <Button size="compact-sm" variant="default" onClick={() => setEditing(webhook)}>
            {t('common:edit')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={acts.turn}>
            {t(data.enabled ? 'switchOff' : 'switchOn')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={acts.renew}>
            {t('renew')}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={acts.remove}>
            {t('delete')}
          </Button>
        </Group>
      </Stack>
      {editing !== undefined && <WebhookForm webhook={editing} onClose={() => setEditing(undefined)} />}
      {acts.secret !== undefined && <Secret title={t('secret')} secret={acts.secret} onClose={acts.forget} />}
    </section>
  )
}

/** useActs are what can be done with a webhook besides editing it. What is not easily taken back is asked first. */
function useActs({ data: { id, name, enabled }, etag }: Versioned<Webhook>) {
  const { t } = useTranslation('webhooks')
  const queries = useQueryClient()
  const navigate = useNavigate()
  const sure = useSure()
  const [secret, setSecret] = useState<string>()
  // Of the version that one was asked about, whatever has been read since.
  const of = (asked: string) => ({ path: { id }, header: { 'If-Match': asked } })
  const again = { onError: tell.problem, onSettled: () => queries.invalidateQueries({ queryKey: keys.webhooks }) }
  const turn = useMutation({
    mutationFn: ({ on, asked }: { on: boolean; asked: string }) => answer(api.PATCH('/api/v1/webhooks/{id}', { params: of(asked), body: { enabled: on } })),
    onSuccess: (changed) => tell.done(t(changed.enabled ? 'switchedOn' : 'switchedOff')), ...again,
  })
  const renew = useMutation({ mutationFn: (asked: string) => answer(api.POST('/api/v1/webhooks/{id}/secret', { params: of(asked) })), onSuccess: (made) => setSecret(made.secret), ...again })
  const test = useMutation({ mutationFn: () => answer(api.POST('/api/v1/webhooks/{id}/test', { params: { path: { id } } })), onSuccess: () => tell.done(t('tested')), ...again })
  const remove = useMutation({
    mutationFn: (asked: string) => answer(api.DELETE('/api/v1/webhooks/{id}', { params: of(asked) })),
    onSuccess: async () => {
      tell.done(t('deleted'))
      await navigate('/settings/webhooks')
      queries.removeQueries({ queryKey: [...keys.webhooks, id] })
      await queries.invalidateQueries({ queryKey: keys.webhooks })
    },
    onError: tell.problem,
  })
  return {
    secret, testing: test.isPending,
    forget: () => setSecret(undefined),
    test: () => test.mutate(),
    turn: () => (enabled ? sure({ title: t('switchOffTitle', { name }), text: t('switchOffText'), yes: t('switchOff'), onYes: () => turn.mutate({ on: false, asked: etag }) }) : turn.mutate({ on: true, asked: etag })),
    renew: () => sure({ title: t('renewTitle', { name }), text: t('renewText'), yes: t('renew'), onYes: () => renew.mutate(etag) }),
    remove: () => sure({ title: t('deleteTitle', { name }), text: t('deleteText'), yes: t('delete'), onYes: () => remove.mutate(etag) }),
  }
}
