import { Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useStageName } from '@/api/maps'
import { Block } from '@/ui/Block'
import { Due, KindBadge, StatusBadge } from '@/ui/bits'
import { ShortList } from '@/ui/ShortList'
import { useList } from '@/ui/useList'

import classes from './card.module.css'

/** CaseRows are all cases of a client, or with a contact, the newest first. */
export function CaseRows({ of }: { of: { client: string } | { contact: string } }) {
  const { t } = useTranslation('client')
  const stageName = useStageName()
  const list = useList([...keys.cases, 'of', of], (after) => answer(api.GET('/api/v1/cases', { params: { query: { ...of, limit: 20, ...(after === undefined ? {} : { after }) } } })))
  const cases = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block title={t('cases.title')}>
      <ShortList list={list} empty={cases.length === 0 ? t('cases.none') : undefined}>
        {cases.map((item) => (
          <Link key={item.id} to={`/cases/${item.number}`} className={classes.row}>
            <Group gap={6} justify="space-between" wrap="nowrap">
              <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
                <KindBadge kind={item.kind} size="sm" />
                <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
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
      </ShortList>
    </Block>
  )
}
