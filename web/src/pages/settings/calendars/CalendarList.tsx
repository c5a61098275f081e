import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { Empty } from '@/ui/Empty'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { KeyInput, keySent, Loaded, NamesInput, noNames, Rows, ZoneInput, type Column, type Names } from '../parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { useCalendars, type Calendar } from './useCalendars'
import { hoursOf, weekdays, type Content } from './year'

const originColors: Record<Calendar['origin'], string> = { shipped: 'gray', changed: 'orange', own: 'blue' }

/** OriginBadge says whether a calendar is the program's, the company's in its place, or the company's alone. */
export function OriginBadge({ origin }: { origin: Calendar['origin'] }) {
  const { t } = useTranslation('settings')
  return <Badge color={originColors[origin]}>{t(`calendars.origins.${origin}`)}</Badge>
}

/** CalendarList is the calendars in force. */
export function CalendarList() {
  const { t } = useTranslation(['settings', 'common'])
  const navigate = useNavigate()
  const query = useCalendars()
  const [making, setMaking] = useState(false)
  const columns: Column<Calendar>[] = [
    {
      key: 'name', head: t('columns.name'),
      cell: (calendar) => (
        <Anchor component={Link} to={`/settings/calendars/${calendar.id}`} size="sm" fw={500} className="as-typed">
          {calendar.name}
        </Anchor>
      ),
    },
    { key: 'key', head: t('columns.key'), wide: true, cell: (calendar) => <Text size="sm" c="dimmed">{calendar.id}</Text> },
    { key: 'zone', head: t('columns.zone'), wide: true, cell: (calendar) => <Text size="sm">{calendar.time_zone}</Text> },
    { key: 'week', head: t('calendars.week'), cell: (calendar) => <Text size="sm">{t('calendars.hoursAWeek', { count: weekdays.reduce((sum, day) => sum + hoursOf(calendar.content.week[day] ?? []), 0) })}</Text> },
    { key: 'origin', head: t('calendars.origin'), cell: (calendar) => <OriginBadge origin={calendar.origin} /> },
  ]
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={600}>
          {t('calendars.text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t('calendars.new')}
        </Button>
      </Group>
      <Loaded query={query}>{(all) => <Rows label={t('sections.calendars')} items={all} columns={columns} idOf={(calendar) => calendar.id} empty={<Empty title={t('common:list.empty')} />} />}</Loaded>
      {making && <NewCalendar like={query.data?.[0]?.content} onClose={() => setMaking(false)} onMade={(id) => void navigate(`/settings/calendars/${id}`)} />}
    </Stack>
  )
}

interface NewProps {
  /** Whose week a new one begins with. */
  like: Content | undefined
  onClose: () => void
  onMade: (id: string) => void
}

function NewCalendar({ like, onClose, onMade }: NewProps) {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const form = useRecordForm<{ key: string; name: Names; zone: string }>({
    start: { key: '', name: noNames, zone: 'Europe/Moscow' },
    write: async ({ key, name, zone }) => {
      const content: Content = { name, time_zone: zone, week: like?.week ?? { monday: ['09:00-18:00'] } }
      await answer(api.PUT('/api/v1/calendars/{id}', { params: { path: { id: keySent(key) }, header: { 'If-None-Match': '*' } }, body: { content } }))
      void queries.invalidateQueries({ queryKey: keys.calendars })
      tell.done(t('saved'))
      onMade(key)
    },
    onDone: onClose,
  })
  const { draft, set, problem } = form
  const taken = problem?.status === 412 ? t('key.taken') : undefined
  return (
    <FormWindow title={t('calendars.new')} form={form} onClose={onClose} fieldName={(field) => t(`calendars.fields.${field}`)} shown={(_, value) => String(value)} pointers={['/content/name', '/content/time_zone', '/content/id']}>
      <NamesInput focus both pointer="/content/name" value={draft.name} onChange={(name) => set({ name })} problem={problem} />
      <KeyInput value={draft.key} onChange={(key) => set({ key })} error={taken ?? problem?.field('/content/id')} />
      <ZoneInput required label={t('columns.zone')} value={draft.zone} onChange={(zone) => set({ zone })} error={problem?.field('/content/time_zone')} />
    </FormWindow>
  )
}
