import { ActionIcon, Alert, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { DayField } from '@/ui/dates'
import { CancelButton, Window } from '@/ui/Window'

import { noNames, useNameOf, type Names } from '../parts'
import classes from '../settings.module.css'
import { dayOf, daysOf, readHours, weekdayOf, weekdays, withException, withoutDay, withYear, writeHours, yearOf, type Content, type DayKind, type Exception, type YearContent } from './year'

interface Props {
  content: Content
  onChange: (years: NonNullable<Content['years']>) => void
}

const told: DayKind[] = ['off', 'holiday', 'movedOff', 'movedWork', 'shortened', 'special']

/** YearView is a year of a calendar, month by month, and its exceptions; a day is changed by choosing it. */
export function YearView({ content, onChange }: Props) {
  const { t } = useTranslation(['settings', 'common'])
  const format = useFormat()
  const [year, setYear] = useState(() => Number(format.dayKey(new Date()).slice(0, 4)))
  const [day, setDay] = useState<string>()
  const known = content.years?.some((one) => one.year === year) ?? false
  const exceptions = yearOf(content, year)
  const change = (next: YearContent) => onChange(withYear(content, next).years ?? [])
  const worked = Array.from({ length: 12 }, (_, i) => daysOf(year, i + 1)).flat().filter((one) => dayOf(content, one).hours.length > 0).length
  return (
    <Block
      title={t('calendars.year', { year })}
      actions={
        <Group gap={4}>
          <ActionIcon variant="default" size={32} onClick={() => setYear(year - 1)} aria-label={t('calendars.yearBefore')}>
            <IconChevronLeft size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size={32} onClick={() => setYear(year + 1)} aria-label={t('calendars.yearAfter')}>
            <IconChevronRight size={16} aria-hidden />
          </ActionIcon>
        </Group>
      }
    >
      {!known && (
        <Alert color="orange" mb="sm">
          {t('calendars.unknownYear')}
        </Alert>
      )}
      {exceptions.provisional === true && (
        <Alert color="orange" mb="sm">
          <Group justify="space-between">
            <Text size="sm">{t('calendars.provisional')}</Text>
            <Button size="compact-sm" variant="default" onClick={() => change({ ...exceptions, provisional: false })}>
              {t('calendars.confirmYear')}
            </Button>
          </Group>
        </Alert>
      )}
      <Text size="sm" c="dimmed" mb="xs">
        {t('calendars.workingDays', { count: worked })} {t('calendars.chooseDay')}
      </Text>
      <div className={classes.months}>
        {Array.from({ length: 12 }, (_, i) => (
          <Month key={i} content={content} year={year} month={i + 1} onDay={setDay} />
        ))}
      </div>
      <Group gap="md" mt="sm" aria-hidden>
        {told.map((kind) => (
          <Group key={kind} gap={6}>
            <span className={`${classes.day} ${classes.legend}`} data-kind={kind} />
            <Text size="xs">{t(`calendars.kinds.${kind}`)}</Text>
          </Group>
        ))}
      </Group>
      <Exceptions year={exceptions} onChange={change} />
      {day !== undefined && <DayWindow content={content} day={day} onChange={change} onClose={() => setDay(undefined)} />}
    </Block>
  )
}

interface MonthProps {
  content: Content
  year: number
  month: number
  onDay: (day: string) => void
}

function Month({ content, year, month, onDay }: MonthProps) {
  const { t } = useTranslation('settings')
  const format = useFormat()
  const days = daysOf(year, month)
  const before = weekdays.indexOf(weekdayOf(days[0] ?? ''))
  const cells: (string | undefined)[] = [...Array.from({ length: before }, () => undefined), ...days]
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, i) => Array.from({ length: 7 }, (_, j) => cells[i * 7 + j]))
  return (
    <table className={classes.month}>
      <caption>{format.month(days[0] ?? '')}</caption>
      <thead>
        <tr>
          {weekdays.map((name) => (
            <th key={name} scope="col" abbr={t(`calendars.days.${name}`)}>
              {t(`calendars.shortDays.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, i) => (
          <tr key={i}>
            {week.map((day, j) => (
              <td key={j}>{day !== undefined && <DayButton content={content} day={day} onDay={onDay} />}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function DayButton({ content, day, onDay }: { content: Content; day: string; onDay: (day: string) => void }) {
  const { t } = useTranslation('settings')
  const format = useFormat()
  const nameOf = useNameOf()
  const { kind, name, hours } = dayOf(content, day)
  const says = [t(`calendars.kinds.${kind}`), name === undefined ? '' : nameOf(name), writeHours(hours)].filter(Boolean).join(', ')
  return (
    <button type="button" className={classes.day} data-kind={kind} title={says} aria-label={`${format.calendarDay(day)}: ${says}`} onClick={() => onDay(day)}>
      {Number(day.slice(8))}
    </button>
  )
}

/** Exceptions is the year in words, for those who would not look for it in a table. */
function Exceptions({ year, onChange }: { year: YearContent; onChange: (year: YearContent) => void }) {
  const { t } = useTranslation('settings')
  const format = useFormat()
  const nameOf = useNameOf()
  const all = [
    ...(year.holidays ?? []).map((one) => ({ date: one.date, text: t('calendars.line.holiday', { date: one.to === undefined ? format.calendarDay(one.date) : `${format.calendarDay(one.date)} – ${format.calendarDay(one.to)}` }), name: one.name, without: { ...year, holidays: (year.holidays ?? []).filter((other) => other !== one) } })),
    ...(year.moved ?? []).map((one) => ({ date: one.from, text: t('calendars.line.moved', { from: format.calendarDay(one.from), to: format.calendarDay(one.to) }), name: undefined, without: { ...year, moved: (year.moved ?? []).filter((other) => other !== one) } })),
    ...(year.shortened ?? []).map((one) => ({ date: one, text: t('calendars.line.shortened', { date: format.calendarDay(one) }), name: undefined, without: { ...year, shortened: (year.shortened ?? []).filter((other) => other !== one) } })),
    ...(year.special ?? []).map((one) => ({ date: one.date, text: t('calendars.line.special', { date: format.calendarDay(one.date), hours: writeHours(one.hours ?? []) }), name: one.name, without: { ...year, special: (year.special ?? []).filter((other) => other !== one) } })),
  ].sort((a, b) => a.date.localeCompare(b.date))
  return (
    <section aria-label={t('calendars.exceptions')} style={{ marginTop: 16 }}>
      <Text fw={600} size="sm">
        {t('calendars.exceptions')}
      </Text>
      {all.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('calendars.noExceptions')}
        </Text>
      )}
      {all.map((one) => (
        <Group key={one.date + one.text} gap={6} wrap="nowrap" justify="space-between">
          <Text size="sm" className="as-typed">
            {one.text} {one.name !== undefined && <Text span inherit c="dimmed">{nameOf(one.name)}</Text>}
          </Text>
          <ActionIcon size={32} variant="subtle" color="red" onClick={() => onChange(one.without)} aria-label={t('calendars.removeOf', { what: one.text })}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
    </section>
  )
}

const choices = ['plain', 'holiday', 'shortened', 'special', 'moved'] as const
type Choice = (typeof choices)[number]
const choiceOf: Record<DayKind, Choice> = { work: 'holiday', off: 'special', holiday: 'holiday', movedOff: 'moved', movedWork: 'moved', shortened: 'shortened', special: 'special' }

interface DayWindowProps {
  content: Content
  day: string
  onChange: (year: YearContent) => void
  onClose: () => void
}

/** DayWindow says what a day is to be; what it was goes. */
function DayWindow({ content, day, onChange, onClose }: DayWindowProps) {
  const { t } = useTranslation(['settings', 'common'])
  const format = useFormat()
  const year = yearOf(content, Number(day.slice(0, 4)))
  const now = dayOf(content, day)
  const holiday = year.holidays?.find((one) => one.date <= day && day <= (one.to ?? one.date))
  const [choice, setChoice] = useState<Choice>(choiceOf[now.kind])
  const [to, setTo] = useState<string | null>(holiday?.to ?? null)
  // A day off is moved from here, or, where one works by the plain week, to here.
  const works = (content.week[weekdayOf(day)] ?? []).length > 0
  const move = year.moved?.find((one) => one.from === day || one.to === day)
  const [other, setOther] = useState<string | null>(move === undefined ? null : move.from === day ? move.to : move.from)
  const [name, setName] = useState<Names>(now.name ?? noNames)
  const [hours, setHours] = useState(now.kind === 'special' ? writeHours(now.hours) : '')
  const [missing, setMissing] = useState(false)
  const from = choice === 'holiday' && holiday !== undefined ? holiday.date : day
  const exception = (): Exception | 'plain' | undefined => {
    const named = name.ru.trim() === '' && name.en.trim() === '' ? {} : { name: { ru: name.ru.trim() || name.en.trim(), en: name.en.trim() || name.ru.trim() } }
    if (choice === 'plain') return 'plain'
    if (choice === 'holiday') return { kind: 'holiday', date: from, ...(to === null ? {} : { to }), ...named }
    if (choice === 'shortened') return { kind: 'shortened', date: day }
    if (choice === 'moved') return other === null ? undefined : works ? { kind: 'moved', date: other, to: day } : { kind: 'moved', date: day, to: other }
    const read = readHours(hours)
    return read === undefined || read.length === 0 ? undefined : { kind: 'special', date: day, hours: read, ...named }
  }
  const save = () => {
    const made = exception()
    if (made === undefined) return setMissing(true)
    const without = withoutDay(year, day)
    onChange(made === 'plain' ? without : withException(without, made))
    onClose()
  }
  return (
    <Window opened onClose={onClose} title={`${format.calendarDay(day)}, ${t(`calendars.days.${weekdayOf(day)}`)}`}>
      <Stack gap="sm">
        <Select
          label={t('calendars.dayIs')} allowDeselect={false} data-autofocus value={choice}
          onChange={(next) => {
            setChoice(next ?? 'plain')
            setMissing(false)
          }}
          data={choices.map((value) => ({ value, label: t(`calendars.choices.${value}`) }))}
        />
        {choice === 'holiday' && <DayField label={t('calendars.until')} description={t('calendars.untilText')} value={to} onChange={setTo} />}
        {choice === 'moved' && <DayField label={t(works ? 'calendars.movedFrom' : 'calendars.movedTo')} description={t('calendars.movedText')} required value={other} onChange={setOther} error={missing && other === null ? t('common:required') : undefined} />}
        {choice === 'special' && <TextInput label={t('calendars.hours')} withAsterisk placeholder="10:00–15:00" value={hours} error={missing ? t('calendars.hoursForm') : undefined} onChange={(event) => setHours(event.currentTarget.value)} />}
        {(choice === 'holiday' || choice === 'special') && (
          <Group grow>
            <TextInput label={t('name.ru')} maxLength={200} value={name.ru} onChange={(event) => setName({ ...name, ru: event.currentTarget.value })} />
            <TextInput label={t('name.en')} maxLength={200} value={name.en} onChange={(event) => setName({ ...name, en: event.currentTarget.value })} />
          </Group>
        )}
        <Group justify="flex-end">
          <CancelButton onClick={onClose} />
          <Button onClick={save}>{t('calendars.set')}</Button>
        </Group>
      </Stack>
    </Window>
  )
}
