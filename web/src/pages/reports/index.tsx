import { Button, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useEffect, useRef, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useMaps } from '@/api/maps'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Page } from '@/ui/Page'

import { takes, useAsked, useReach, useReports, type Asked } from './asked'
import { Channels, Claims, Communication, Control, Demand, Losses, Potential, Standards } from './counted'
import { Funnel, Outcomes } from './funnel'
import { defaultMap } from './maps'
import type { ReportName } from './model'
import { Narrow } from './Narrow'
import { periodOf } from './periods'
import classes from './reports.module.css'

/** What shows each report. */
const shown: Record<ReportName, ComponentType<{ asked: Asked }>> = {
  funnel: Funnel, outcomes: Outcomes, potential: Potential, control: Control, losses: Losses, claims: Claims, channels: Channels, communication: Communication, demand: Demand, standards: Standards,
}

/** Reports shows how the company works in figures (R14, R20, R30, R35, R36, R41, R43, R47). */
export default function Reports() {
  const { t } = useTranslation('reports')
  const asked = useAsked()
  const offered = useReports()
  const exports = useRight('export')
  const Shown = shown[asked.report]
  const tabs = useRef<HTMLElement>(null)
  // On a telephone the one that is open may stand beside the page.
  useEffect(() => {
    const open = tabs.current?.querySelector<HTMLElement>('[aria-current]')
    if (open) tabs.current?.scrollTo({ left: open.offsetLeft + open.offsetWidth / 2 - tabs.current.offsetLeft - tabs.current.clientWidth / 2 })
  }, [asked.report])
  return (
    <Page title={t(`names.${asked.report}`)} actions={exports && <Download asked={asked} />}>
      <Stack gap="md">
        <nav ref={tabs} className={classes.tabs} aria-label={t('title')}>
          {offered.map((name) => (
            <Link key={name} to={asked.to(name)} className={classes.tab} aria-current={name === asked.report ? 'page' : undefined}>
              {t(`tabs.${name}`)}
            </Link>
          ))}
        </nav>
        <Narrow asked={asked} />
        <About asked={asked} />
        <Shown key={asked.report} asked={asked} />
      </Stack>
    </Page>
  )
}

/** About says what the report counts, when, and whose. */
function About({ asked }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const format = useFormat()
  const reach = useReach()
  const today = format.dayKey(new Date())
  const { from = periodOf('thisMonth', today).from, to = today } = asked.filter
  const when = takes[asked.report].includes('from') ? t('fromTo', { from: format.calendarDate(from), to: format.calendarDate(to) }) : t('now')
  return (
    <Text size="sm" c="dimmed">
      {t(`about.${asked.report}`)} {when} {reach !== 'all' && `(${t(`reach.${reach}`)})`}
    </Text>
  )
}

function Download({ asked }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const { maps } = useMaps()
  const map = takes[asked.report].includes('map') ? (asked.filter.map ?? defaultMap(maps)) : undefined
  const search = new URLSearchParams({ ...asked.filter, ...(map === undefined ? {} : { map }) }).toString()
  return (
    <Button component="a" variant="default" href={`/api/v1/reports/${asked.report}.xlsx${search === '' ? '' : `?${search}`}`} download leftSection={<IconDownload size={16} aria-hidden />}>
      {t('download')}
    </Button>
  )
}
