import { Anchor, Badge, Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useStageName } from '@/api/maps'
import { asApiError } from '@/api/problem'
import { useRequestKey } from '@/api/useRequestKey'
import { Block } from '@/ui/Block'
import { Due, KindBadge, StatusBadge, When } from '@/ui/bits'
import { sent, type Detail } from '@/ui/clients/details'
import { DetailList } from '@/ui/clients/DetailList'
import { DetailsEditor } from '@/ui/clients/DetailsEditor'
import { Failure } from '@/ui/Failure'
import { useList } from '@/ui/useList'

import type { Client } from './card'
import classes from './client.module.css'

/** Contacts are the people at a client (R44). */
export function Contacts({ client, editable }: { client: Client; editable: boolean }) {
  const { t } = useTranslation('client')
  const [adding, setAdding] = useState(false)
  const list = useList([...keys.client(client.id), 'contacts'], (after) => answer(api.GET('/api/v1/contacts', { params: { query: { client: client.id, limit: 20, ...(after === undefined ? {} : { after }) } } })))
  const contacts = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block
      title={t('contacts.title')}
      actions={
        editable &&
        !adding && (
          <Button size="compact-sm" variant="subtle" onClick={() => setAdding(true)}>
            {t('contacts.add')}
          </Button>
        )
      }
    >
      <ListBody list={list} empty={contacts.length === 0 && !adding ? t('contacts.none') : undefined}>
        {contacts.map((contact) => (
          <div key={contact.id} className={classes.row}>
            <Text size="sm" fw={550} className="as-typed">
              {contact.name}{' '}
              <Text span size="xs" c="dimmed" fw={400}>
                {contact.position}
              </Text>
            </Text>
            <DetailList details={contact.details ?? []} />
          </div>
        ))}
      </ListBody>
      {adding && <NewContact clientID={client.id} onEnd={() => setAdding(false)} />}
    </Block>
  )
}

function NewContact({ clientID, onEnd }: { clientID: string; onEnd: () => void }) {
  const { t } = useTranslation(['client', 'common'])
  const queries = useQueryClient()
  const request = useRequestKey()
  const [name, setName] = useState('')
  const [position, setPosition] = useState('')
  const [details, setDetails] = useState<Detail[]>([{ kind: 'mobile', value: '' }, { kind: 'mailing', value: '' }])
  const add = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/contacts', {
          params: { header: { 'Idempotency-Key': request.key } },
          body: { client_id: clientID, name: name.trim(), details: details.filter((d) => d.value.trim() !== '').map(sent), ...(position.trim() === '' ? {} : { position: position.trim() }) },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.client(clientID) })
      onEnd()
    },
    onError: request.refused,
  })
  const problem = add.error === null ? undefined : asApiError(add.error)
  const ofField = (problem?.problem.errors ?? []).some((e) => e.pointer !== undefined)
  return (
    <form
      noValidate
      aria-label={t('contacts.add')}
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <Stack gap={6} pt={6}>
        <Group grow align="flex-start">
          <TextInput label={t('contacts.name')} required autoFocus maxLength={200} value={name} error={problem?.field('/name')} onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput label={t('contacts.position')} maxLength={200} value={position} error={problem?.field('/position')} onChange={(event) => setPosition(event.currentTarget.value)} />
        </Group>
        <DetailsEditor details={details} onChange={setDetails} problem={problem} />
        {problem && !ofField && <Failure error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button size="compact-sm" variant="default" onClick={onEnd}>
            {t('common:cancel')}
          </Button>
          <Button size="compact-sm" type="submit" loading={add.isPending}>
            {t('common:save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Cases are all cases of a client, the newest first. */
export function Cases({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const stageName = useStageName()
  const list = useList([...keys.cases, 'of client', client.id], (after) => answer(api.GET('/api/v1/cases', { params: { query: { client: client.id, limit: 20, ...(after === undefined ? {} : { after }) } } })))
  const cases = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block title={t('cases.title')}>
      <ListBody list={list} empty={cases.length === 0 ? t('cases.none') : undefined}>
        {cases.map((item) => (
          <Link key={item.id} to={`/cases/${item.number}`} className={classes.row}>
            <Group gap={6} justify="space-between" wrap="nowrap">
              <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
                <KindBadge kind={item.kind} size="sm" />
                <Text size="xs" c="dimmed">
                  {item.number}
                </Text>
                <Text size="sm" fw={550} truncate>
                  {item.topic}
                </Text>
              </Group>
              {item.status === 'open' ? <Due at={item.due_at} overdue={item.overdue} size="xs" /> : <StatusBadge status={item.status} />}
            </Group>
            <Text size="xs" c="dimmed">
              {[stageName(item.map?.id, item.stage), item.responsible_name].filter(Boolean).join(' · ')}
            </Text>
          </Link>
        ))}
      </ListBody>
    </Block>
  )
}

/** History is everything with the client: what is planned, and below it what has been (R5, R7). */
export function History({ client }: { client: Client }) {
  const { t } = useTranslation(['client', 'common'])
  const feed = useInfiniteQuery({
    queryKey: [...keys.client(client.id), 'feed'],
    queryFn: ({ pageParam }) => answer(api.GET('/api/v1/clients/{id}/feed', { params: { path: { id: client.id }, query: { order: 'newest', limit: 30, ...(pageParam === undefined ? {} : { after: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  })
  const planned = feed.data?.pages[0]?.planned ?? []
  const entries = feed.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block title={t('history.title')}>
      <ListBody list={feed} empty={planned.length + entries.length === 0 ? t('history.none') : undefined}>
        {planned.map((interaction) => (
          <div key={interaction.id} className={classes.entry}>
            <div>
              <Badge size="sm" color="blue">
                {t('history.planned')}
              </Badge>{' '}
              <Text span size="sm" fw={600}>
                {t(`common:interactionKinds.${interaction.kind}`)}
              </Text>{' '}
              <Text span size="sm" className="as-typed">
                {interaction.topic}
              </Text>
            </div>
            <When at={interaction.at} size="xs" c="dimmed" />
          </div>
        ))}
        {entries.map((entry) => (
          <div key={entry.id} className={classes.entry}>
            <div className={entry.interaction?.status === 'cancelled' ? classes.cancelled : undefined}>
              <Text span size="sm" className="as-typed">
                {entry.interaction === undefined ? entry.text : `${t(`common:interactionKinds.${entry.interaction.kind}`)}: ${entry.interaction.topic}`}
              </Text>
              {entry.case_id !== undefined && (
                <Anchor component={Link} to={`/cases/${entry.case_id}`} size="xs" ml={6}>
                  {t('history.case')}
                </Anchor>
              )}
            </div>
            <When at={entry.at} size="xs" c="dimmed" />
          </div>
        ))}
      </ListBody>
    </Block>
  )
}

interface PagedList {
  isPending: boolean
  isError: boolean
  error: unknown
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
  refetch: () => unknown
}

/** ListBody is a short list in a block: being read, refused, empty, or what there is and the way to more. */
function ListBody({ list, empty, children }: { list: PagedList; empty: string | undefined; children: React.ReactNode }) {
  const { t } = useTranslation('client')
  if (list.isPending) return <Loader size="sm" aria-label={t('loading')} />
  if (list.isError) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  if (empty !== undefined) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    )
  }
  return (
    <>
      {children}
      {list.hasNextPage && (
        <Button size="compact-sm" variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </>
  )
}
