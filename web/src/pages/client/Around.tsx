import { Anchor, Box, Button, Text } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { Block } from '@/ui/Block'
import { useFormat } from '@/i18n/useFormat'
import { When } from '@/ui/bits'
import { DetailList } from '@/ui/clients/DetailList'
import { NewContact } from '@/ui/clients/NewContact'
import { FeedFilters } from '@/ui/feed/FeedFilters'
import { feedQuery, wholeFeed } from '@/ui/feed/filter'
import { InteractionEntry } from '@/ui/interactions/InteractionEntry'
import type { InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { ShortList } from '@/ui/ShortList'
import { useBackTo } from '@/ui/useBackTo'
import { useList } from '@/ui/useList'

import type { Client } from './card'
import classes from '@/ui/clients/card.module.css'

/** Contacts are the people at a client (R44). */
export function Contacts({ client, editable }: { client: Client; editable: boolean }) {
  const { t } = useTranslation('client')
  const [adding, setAdding] = useState(false)
  const button = useBackTo(adding)
  const list = useList([...keys.client(client.id), 'contacts'], (after) => answer(api.GET('/api/v1/contacts', { params: { query: { client: client.id, limit: 20, ...(after === undefined ? {} : { after }) } } })))
  const contacts = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block
      title={t('contacts.title')}
      actions={
        editable &&
        !adding && (
          <Button ref={button} size="compact-sm" variant="subtle" onClick={() => setAdding(true)}>
            {t('contacts.add')}
          </Button>
        )
      }
    >
      <ShortList list={list} empty={contacts.length === 0 && !adding ? t('contacts.none') : undefined}>
        {contacts.map((contact) => (
          <div key={contact.id} className={classes.row}>
            <Text size="sm" fw={550} className="as-typed">
              <Anchor component={Link} to={`/contacts/${contact.id}`} inherit>
                {contact.name}
              </Anchor>{' '}
              <Text span size="xs" c="dimmed" fw={400}>
                {contact.position}
              </Text>
            </Text>
            <DetailList details={contact.details ?? []} />
          </div>
        ))}
      </ShortList>
      {adding && <NewContact clientID={client.id} onEnd={() => setAdding(false)} />}
    </Block>
  )
}

/** History is everything with the client: what is planned, whatever the filter, and below it what has been (R5, R6, R7). */
export function History({ client, editable, ask }: { client: Client; editable: boolean; ask: (asked: InteractionAsked) => void }) {
  const { t } = useTranslation('client')
  const { timeZone } = useFormat()
  const [filter, setFilter] = useState(wholeFeed)
  const [narrowing, setNarrowing] = useState(false)
  const feed = useInfiniteQuery({
    queryKey: [...keys.client(client.id), 'feed', filter],
    queryFn: ({ pageParam }) => answer(api.GET('/api/v1/clients/{id}/feed', { params: { path: { id: client.id }, query: { order: 'newest', limit: 30, ...feedQuery(filter, timeZone), ...(pageParam === undefined ? {} : { after: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
  const planned = feed.data?.pages[0]?.planned ?? []
  const entries = feed.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block
      title={t('history.title')}
      actions={
        <Button size="compact-sm" h={32} variant="subtle" aria-expanded={narrowing} onClick={() => setNarrowing((open) => !open)}>
          {t('history.narrow')}
          {filter !== wholeFeed && ' •'}
        </Button>
      }
    >
      {narrowing && (
        <Box mb="sm">
          <FeedFilters filter={filter} onFilter={setFilter} />
        </Box>
      )}
      <ShortList list={feed} empty={planned.length + entries.length === 0 ? (filter === wholeFeed ? t('history.none') : t('history.nothing')) : undefined}>
        {planned.map((interaction) => (
          <InteractionEntry key={interaction.id} interaction={interaction} editable={editable} ask={ask} />
        ))}
        {entries.map((entry) =>
          entry.interaction === undefined ? (
            <div key={entry.id} className={classes.entry}>
              <div>
                <Text span size="sm" className="as-typed">
                  {entry.text}
                </Text>
                {entry.case_id !== undefined && (
                  <Anchor component={Link} to={`/cases/${entry.case_id}`} size="xs" ml={6}>
                    {t('history.case')}
                  </Anchor>
                )}
              </div>
              <Text size="xs" c="dimmed" component="div">
                <When at={entry.at} />
              </Text>
            </div>
          ) : (
            <InteractionEntry key={entry.id} interaction={entry.interaction} editable={editable} ask={ask} />
          ),
        )}
      </ShortList>
    </Block>
  )
}
