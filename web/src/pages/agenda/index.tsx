import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useBlocks, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf } from '@/i18n/wall'
import { Failure } from '@/ui/Failure'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { NewInteractions } from '@/ui/interactions/NewInteractions'
import { Page } from '@/ui/Page'
import { useShortcuts } from '@/ui/shortcuts'

import classes from './Agenda.module.css'
import { AgendaList } from './AgendaList'
import { Appeals } from './Appeals'
import { HoursCalendar, MonthCalendar } from './Calendar'
import { daysOf, isDay, stepped, views, type View } from './days'
import { useAgenda, useNow } from './useAgenda'

/** Agenda is My affairs: what one has planned, as a list or as a calendar, and one's appeals beside (R13, R41). */
export default function Agenda() {
  const { t } = useTranslation('agenda')
  const works = useRight('work')
  const blocks = useBlocks()
  const now = useNow()
  const { view, day, today, go } = usePlace(now)
  const [asked, ask] = useState<InteractionAsked>()
  const days = daysOf(view, day)
  const plans = works && blocks.interactions
  useShortcuts([
    ...(plans ? [{ code: 'KeyN', shown: 'N', does: t('keys.plan'), run: () => ask({ to: 'plan' }) }] : []),
    { code: 'KeyT', shown: 'T', does: t('today'), run: () => go(view, today) },
    { code: 'ArrowLeft', shown: '←', does: t('before'), run: () => go(view, stepped(view, day, -1)) },
    { code: 'ArrowRight', shown: '→', does: t('after'), run: () => go(view, stepped(view, day, 1)) },
  ])
  return (
    <Page
      title={t('title')}
      actions={plans && <NewInteractions onAsk={ask} />}
    >
      <Stack gap="md">
        <Group justify="space-between" gap="sm">
          <SegmentedControl aria-label={t('view')} value={view} onChange={(chosen) => go(chosen, day)} data={views.map((value) => ({ value, label: t(`views.${value}`) }))} />
          {view !== 'list' && <Period view={view} day={day} onGo={(to) => go(view, to)} today={today} />}
        </Group>
        <Content view={view} day={day} days={days} now={now} onAsk={ask} onDay={(to) => go('day', to)} />
      </Stack>
      <InteractionDialog asked={asked} onClose={() => ask(undefined)} />
    </Page>
  )
}

/** usePlace is the view and the day, which are in the address. */
function usePlace(now: number): { view: View; day: string; today: string; go: (view: View, day: string) => void } {
  const format = useFormat()
  const [params, setParams] = useSearchParams()
  const today = format.dayKey(new Date(now))
  const view = views.find((one) => one === params.get('view')) ?? 'list'
  const wanted = params.get('day') ?? ''
  return {
    view, today,
    day: isDay(wanted) ? wanted : today,
    go: (next, to) => setParams({ ...(next === 'list' ? {} : { view: next }), ...(to === today ? {} : { day: to }) }, { replace: true }),
  }
}

/** Period says what is shown, and goes on from it. */
function Period({ view, day, today, onGo }: { view: View; day: string; today: string; onGo: (day: string) => void }) {
  const { t } = useTranslation('agenda')
  const format = useFormat()
  const days = daysOf(view, day)
  const name = view === 'month' ? format.month(day) : view === 'day' ? format.calendarDate(day) : `${format.calendarDay(days[0] ?? day)} – ${format.calendarDay(days.at(-1) ?? day)}`
  return (
    <Group gap="xs" wrap="nowrap" maw="100%">
      <Text fw={600} aria-live="polite" className={classes.period} style={{ minWidth: 0, flex: 1 }}>
        {name}
      </Text>
      <ActionIcon variant="default" size={34} onClick={() => onGo(stepped(view, day, -1))} aria-label={t('before')}>
        <IconChevronLeft size={18} />
      </ActionIcon>
      <Button variant="default" size="sm" h={34} px="sm" style={{ flexShrink: 0 }} onClick={() => onGo(today)}>
        {t('today')}
      </Button>
      <ActionIcon variant="default" size={34} onClick={() => onGo(stepped(view, day, 1))} aria-label={t('after')}>
        <IconChevronRight size={18} />
      </ActionIcon>
    </Group>
  )
}

interface ContentProps {
  view: View
  day: string
  days: string[]
  now: number
  onAsk: (asked: InteractionAsked) => void
  onDay: (day: string) => void
}

function Content({ view, day, days, now, onAsk, onDay }: ContentProps) {
  const { t } = useTranslation('agenda')
  const { timeZone } = useFormat()
  const blocks = useBlocks()
  const midnight = (date: string) => instantOf({ date, time: '00:00' }, timeZone)
  const agenda = useAgenda(view === 'list' ? {} : { from: midnight(days[0] ?? day), to: midnight(dayAfter(days.at(-1) ?? day, 1)) })
  if (agenda.isPending) return <Skeleton height={320} radius="md" role="status" aria-label={t('loading')} />
  if (agenda.isError && agenda.data === undefined) return <Failure error={agenda.error} onRetry={() => void agenda.refetch()} />
  const { items, more } = agenda.data
  if (view === 'list') {
    const interactions = items.flatMap((item) => item.interaction ?? [])
    const appeals = items.flatMap(({ appeal, at }) => (appeal === undefined ? [] : [{ appeal, at }]))
    return (
      <div className={blocks.interactions ? classes.page : undefined}>
        {blocks.interactions && (
          <Stack gap="md">
            <AgendaList interactions={interactions} now={now} onAsk={onAsk} />
            {more && <Text c="dimmed">{t('notAll')}</Text>}
          </Stack>
        )}
        <Appeals appeals={appeals} now={now} />
      </div>
    )
  }
  if (view === 'month') return <MonthCalendar days={days} items={items} now={now} onAsk={onAsk} month={day.slice(0, 7)} onDay={onDay} />
  return <HoursCalendar days={days} items={items} now={now} onAsk={onAsk} />
}
