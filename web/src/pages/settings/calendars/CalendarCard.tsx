import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, versioned, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { When } from '@/ui/bits'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { useTitle } from '@/ui/Page'
import { tell } from '@/ui/tell'

import { Loaded, NamesInput, useNameOf, useSure, ZoneInput } from '../parts'
import { forget, useRecordForm, type RecordForm } from '@/ui/edit/useRecordForm'
import { Window } from '@/ui/Window'
import { OriginBadge } from './CalendarList'
import type { Calendar } from './useCalendars'
import { hoursOf, readHours, weekdays, writeHours, type Content, type Weekday } from './year'
import { YearView } from './YearView'

const keyOf = (id: string) => [...keys.calendars, id]
const read = (id: string) => versioned(api.GET('/api/v1/calendars/{id}', { params: { path: { id } } }))

/** CalendarCard is one calendar: its week, its years, what it said before. */
export function CalendarCard({ id }: { id: string }) {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: keyOf(id), queryFn: () => read(id), retry: false })
  return (
    <Stack gap="sm">
      <div>
        <Anchor component={Link} to="/settings/calendars" size="sm">
          <IconArrowLeft size={14} aria-hidden /> {t('calendars.toList')}
        </Anchor>
      </div>
      <Loaded query={query}>{(known) => <Editor key={id} known={known} />}</Loaded>
    </Stack>
  )
}

const keptAs = (id: string) => `calendar.${id}`

function Editor({ known }: { known: Versioned<Calendar> }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const { id, origin, content } = known.data
  useTitle(known.data.name)
  const form = useRecordForm<Content>({
    // Every field there is, so that one that is added is a change of it.
    start: { ...content, shortened_by: content.shortened_by ?? '', years: content.years ?? [] },
    etag: known.etag,
    follows: true,
    keptAs: keptAs(id),
    read: async () => {
      const now = await read(id)
      queries.setQueryData(keyOf(id), now)
      const { data, etag } = now
      return { data: { ...data.content, shortened_by: data.content.shortened_by ?? '', years: data.content.years ?? [] }, etag }
    },
    write: async ({ shortened_by, ...draft }, etag) => {
      const written = await versioned(api.PUT('/api/v1/calendars/{id}', { params: { path: { id }, header: { 'If-Match': etag ?? '*' } }, body: { content: { ...draft, ...(shortened_by ? { shortened_by } : {}) } } }))
      queries.setQueryData(keyOf(id), written)
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.calendars })
      tell.done(t('calendars.saved'))
    },
  })
  const nameOf = useNameOf()
  const { draft, set, problem } = form
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        form.save()
      }}
    >
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text fw={650} size="lg" component="h2" m={0} className="as-typed">
              {nameOf(content.name)}
            </Text>
            <OriginBadge origin={origin} />
          </Group>
          <Group gap="xs">
            <Versions id={id} onTake={(before) => set({ ...before, shortened_by: before.shortened_by ?? '', years: before.years ?? [] })} />
            <Removal calendar={known.data} etag={known.etag} />
          </Group>
        </Group>
        <Block title={t('calendars.main')}>
          <Stack gap="sm">
            <NamesInput both pointer="/content/name" value={draft.name} onChange={(name) => set({ name })} problem={problem} />
            <Group grow align="flex-start">
              <ZoneInput required label={t('columns.zone')} value={draft.time_zone} onChange={(time_zone) => set({ time_zone })} error={problem?.field('/content/time_zone')} />
              <TextInput label={t('calendars.fields.shortened_by')} description={t('calendars.shortenedText')} placeholder="1 hour" value={draft.shortened_by ?? ''} error={problem?.field('/content/shortened_by')} onChange={(event) => set({ shortened_by: event.currentTarget.value })} />
            </Group>
          </Stack>
        </Block>
        <Block title={t('calendars.week')}>
          <Week week={draft.week} onChange={(week) => set({ week })} error={(day) => problem?.field(`/content/week/${day}`)} />
          {problem?.problem.errors?.filter((one) => one.pointer === '/content/week').map((one, i) => <Text key={i} size="sm" c="var(--mantine-color-error)">{one.detail}</Text>)}
        </Block>
        <YearView content={draft} onChange={(years) => set({ years })} />
        <SaveBar form={form} />
      </Stack>
    </form>
  )
}

/** SaveBar is there while something has been changed: what saving does, what was refused, what clashes. */
function SaveBar({ form }: { form: RecordForm<Content> }) {
  const { t } = useTranslation(['settings', 'common', 'edit'])
  if (!form.dirty && form.problem === undefined) return null
  return (
    <section className="panel" style={{ position: 'sticky', bottom: 8, padding: '10px 14px', zIndex: 5 }} aria-label={t('common:save')}>
      <Stack gap="xs">
        {form.clashes.length > 0 && (
          <Alert color="orange" role="alert" title={t('edit:clash.title')}>
            {form.clashes.map((clash) => (
              <Group key={clash.field} justify="space-between">
                <Text size="sm">{t('calendars.clash', { field: t(`calendars.fields.${clash.field}`) })}</Text>
                <Button size="compact-sm" variant="default" onClick={() => form.takeTheirs(clash)} aria-label={t('edit:clash.takeOf', { field: t(`calendars.fields.${clash.field}`) })}>
                  {t('edit:clash.take')}
                </Button>
              </Group>
            ))}
            <Text size="xs">{t('edit:clash.text')}</Text>
          </Alert>
        )}
        {form.problem !== undefined && <Failure error={form.problem} />}
        <Group justify="space-between">
          <Text size="sm" style={{ flex: '1 1 260px' }}>
            {t('calendars.kept')} {t('calendars.willRecount')}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={form.discard}>
              {t('calendars.discard')}
            </Button>
            <Button type="submit" loading={form.saving}>
              {t('common:save')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </section>
  )
}

interface WeekProps {
  week: Content['week']
  onChange: (week: Content['week']) => void
  error: (day: Weekday) => string | undefined
}

/** Week is the working hours of a plain week; a day without any is a day off. */
function Week({ week, onChange, error }: WeekProps) {
  const { t } = useTranslation('settings')
  const [typed, setTyped] = useState<Partial<Record<Weekday, string>>>({})
  const total = weekdays.reduce((sum, day) => sum + hoursOf(week[day] ?? []), 0)
  return (
    <Stack gap={6}>
      {weekdays.map((day) => {
        const text = typed[day] ?? writeHours(week[day])
        const unread = readHours(text) === undefined
        return (
          <TextInput
            key={day}
            label={t(`calendars.days.${day}`)}
            placeholder={t('calendars.dayOff')}
            styles={{ root: { display: 'grid', gridTemplateColumns: '130px minmax(0, 320px)', alignItems: 'center', columnGap: 8 }, error: { gridColumn: 2 } }}
            value={text}
            error={unread ? t('calendars.hoursForm') : error(day)}
            onChange={(event) => {
              setTyped({ ...typed, [day]: event.currentTarget.value })
              const hours = readHours(event.currentTarget.value)
              if (hours !== undefined) onChange({ ...week, [day]: hours })
            }}
            onBlur={() => !unread && setTyped((all) => Object.fromEntries(Object.entries(all).filter(([other]) => other !== day)))}
          />
        )
      })}
      <Text size="xs" c="dimmed">
        {t('calendars.hoursText')} {t('calendars.hoursAWeek', { count: total })}.
      </Text>
    </Stack>
  )
}

/** Versions is what the calendar said before, by whom; one of them can be put back into the form. */
function Versions({ id, onTake }: { id: string; onTake: (content: Content) => void }) {
  const { t } = useTranslation(['settings', 'common'])
  const [opened, setOpened] = useState(false)
  const userName = useUserName()
  const query = useQuery({ queryKey: [...keyOf(id), 'versions'], queryFn: () => answer(api.GET('/api/v1/calendars/{id}/versions', { params: { path: { id } } })), enabled: opened })
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        {t('calendars.versions')}
      </Button>
      <Window opened={opened} onClose={() => setOpened(false)} title={t('calendars.versions')} size="lg">
        <Loaded query={query}>
          {(list) => (
            <Stack gap="sm">
              {(list.items ?? []).map((version) => (
                <details key={version.version}>
                  <summary>
                    <Text span size="sm" fw={500}>
                      {version.version === 0 ? t('calendars.shippedVersion') : t('calendars.version', { number: version.version })}
                    </Text>
                    <Text span size="sm" c="dimmed">
                      {version.created_at !== undefined && (
                        <>
                          {' · '}
                          <When at={version.created_at} /> {userName(version.created_by)}
                        </>
                      )}
                      {version.deleted === true && ` · ${t('calendars.deletedVersion')}`}
                    </Text>
                  </summary>
                  <Text component="pre" size="xs" className="as-typed" tabIndex={0} mah={260} style={{ overflow: 'auto' }}>
                    {version.source}
                  </Text>
                  <Button
                    size="compact-sm" variant="default"
                    onClick={() => {
                      onTake(version.content)
                      setOpened(false)
                    }}
                  >
                    {t('calendars.take')}
                  </Button>
                </details>
              ))}
            </Stack>
          )}
        </Loaded>
      </Window>
    </>
  )
}

/** Removal deletes an own calendar, or goes back to the shipped one; who still uses it is told. */
function Removal({ calendar, etag }: { calendar: Calendar; etag: string }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const navigate = useNavigate()
  const sure = useSure()
  const own = calendar.origin === 'own'
  const remove = useMutation({
    // The version that one was asked about, whatever has been read since.
    mutationFn: (asked: string) => answer(api.DELETE('/api/v1/calendars/{id}', { params: { path: { id: calendar.id }, header: { 'If-Match': asked } } })),
    onSuccess: async () => {
      tell.done(t(own ? 'calendars.deleted' : 'calendars.returned'))
      if (own) {
        forget(keptAs(calendar.id))
        queries.removeQueries({ queryKey: keyOf(calendar.id) })
        void navigate('/settings/calendars')
      }
      await queries.invalidateQueries({ queryKey: keys.calendars })
    },
  })
  if (calendar.origin === 'shipped') return null
  const problem = remove.error === null ? undefined : asApiError(remove.error)
  return (
    <>
      <Button
        size="xs" variant="light" color="red" loading={remove.isPending}
        onClick={() => sure({ title: t(own ? 'calendars.deleteTitle' : 'calendars.returnTitle', { name: calendar.name }), text: t(own ? 'calendars.deleteText' : 'calendars.returnText'), yes: t(own ? 'common:delete' : 'calendars.return'), onYes: () => remove.mutate(etag) })}
      >
        {t(own ? 'common:delete' : 'calendars.return')}
      </Button>
      <Window opened={problem !== undefined} onClose={() => remove.reset()} title={calendar.name}>
        {problem && <Failure error={problem} />}
      </Window>
    </>
  )
}
