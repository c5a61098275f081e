import { Alert, Button, Group, Menu, Select, Skeleton, Stack, Text } from '@mantine/core'
import { IconArrowBackUp, IconChevronDown, IconPlayerPlay, IconRefresh } from '@tabler/icons-react'
import { Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import { StatusBadge } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { ItemForm, type Values } from '@/ui/fields/ItemForm'
import { above, standsAt, type Mark } from '@/ui/diagram/marks'
import { lazy } from '@/ui/lazy'

import classes from './maps.module.css'
import { filled, optional } from './forms'
import { Story } from './Story'
import { TaskInRun } from './TaskInRun'

const MapDiagram = lazy(() => import('@/ui/diagram/MapDiagram'))

type Lint = Schema<'LintOutputBody'>
type Run = Schema<'DryRun'>
type Choice = Schema<'DryChoice'>

/** A run so far: the text that it goes by, what has happened, and where the case stands. */
interface So {
  source: string
  fields: Values
  choices: Choice[]
  at: Run
}

/**
 * DryRun lets a case go its way on a map that is still being written (R53): one chooses outcomes, lets time pass and events come, sees the
 * case move on the diagram and reads which tasks, letters and messages would go out. The server keeps nothing: all that has happened is
 * sent each time.
 */
export function DryRun({ source, lint, sound }: { source: string; lint: Lint | undefined; sound: boolean }) {
  const { t } = useTranslation('maps')
  const [so, setSo] = useState<So>()
  const [fields, setFields] = useState<Values>({})
  const go = useMutation({
    mutationFn: async (next: { source: string; fields: Values; choices: Choice[]; at?: string }) => ({
      ...next,
      at: await answer(api.POST('/api/v1/route-maps/dry-run', { body: { source: next.source, fields: next.fields, choices: next.choices, ...(next.at === undefined ? {} : { at: next.at }) } })),
    }),
    onSuccess: setSo,
  })
  // A button that waits cannot have the focus: whoever goes on by the keyboard is at what can be done next.
  const next = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (so !== undefined && !go.isPending && document.activeElement === document.body) (next.current?.querySelector<HTMLElement>('button:enabled') ?? next.current)?.focus()
  }, [so, go.isPending])
  const intake = useMemo(() => optional(lint?.intake ?? []), [lint])
  if (so === undefined) {
    if (!sound && lint?.valid !== true) return <Empty title={t('run.unsound')} text={t('run.unsoundText')} />
    return (
      <Stack gap="sm" align="stretch">
        <Text size="sm">{t('run.text')}</Text>
        {intake.length > 0 && (
          <details className={classes.details}>
            <summary>{t('run.intake')}</summary>
            <ItemForm items={intake} values={fields} onChange={setFields} problem={go.isError ? asApiError(go.error) : undefined} />
          </details>
        )}
        {go.isError && <Failure error={go.error} />}
        <Group>
          <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} disabled={!sound} loading={go.isPending} onClick={() => go.mutate({ source, fields: filled(fields), choices: [] })}>
            {t('run.start')}
          </Button>
        </Group>
      </Stack>
    )
  }
  const again = (choices: Choice[], text = so.source) => go.mutate({ source: text, fields: so.fields, choices, at: so.at.started_at })
  const choose = (choice: Choice) => again([...so.choices, choice])
  return (
    <Stack gap="sm">
      {source !== so.source && (
        <Alert color="orange">
          <Group gap="xs" justify="space-between">
            <Text size="sm">{t('run.changed')}</Text>
            <Button size="compact-sm" variant="default" disabled={!sound} onClick={() => again(so.choices, source)}>
              {t('run.apply')}
            </Button>
          </Group>
        </Alert>
      )}
      <Head run={so.at} />
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} disabled={so.choices.length === 0 || go.isPending} onClick={() => again(so.choices.slice(0, -1))}>
          {t('run.back')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => {
            setSo(undefined)
            go.reset()
          }}
        >
          {t('run.restart')}
        </Button>
      </Group>
      {go.isError && <Failure error={go.error} />}
      <Tokens run={so.at} diagram={lint?.diagram} />
      <div ref={next} tabIndex={-1}>
        <What run={so.at} busy={go.isPending} choose={choose} step={so.choices.length} />
      </div>
      <Story run={so.at} />
    </Stack>
  )
}


/** Head says what time it is for the case and how it stands. */
function Head({ run }: { run: Run }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const places = (run.places ?? []).map((place) => place.name).join(' → ')
  return (
    <Group gap="xs" role="status">
      <StatusBadge status={run.status} />
      <Text size="sm" fw={600}>
        {run.status === 'open' ? places : t('run.over')}
      </Text>
      <Text size="sm" c="dimmed">
        {t('run.now', { when: format.full(run.at) })}
      </Text>
      {run.due !== undefined && (
        <Text size="sm" c={run.overdue ? 'var(--mantine-color-error)' : 'dimmed'}>
          {t('run.due', { when: format.moment(run.due) })}
        </Text>
      )}
    </Group>
  )
}

/** Tokens shows the case on the diagram. */
function Tokens({ run, diagram }: { run: Run; diagram: Schema<'Diagram'> | undefined }) {
  const marks = useMemo(() => {
    const drawn = new Set((diagram?.stages ?? []).map((stage) => stage.path))
    const all = new Map<string, Mark>()
    for (const { path, visits } of run.visited ?? []) if (drawn.has(path)) all.set(path, { state: 'done', ...(visits > 1 ? { badge: `×${visits}` } : {}) })
    for (const place of run.places ?? []) {
      // A stage of a nested map is not drawn: the case stands at the stage that it is nested in.
      const path = above(place.path, drawn)
      if (path !== undefined) all.set(path, { ...all.get(path), state: 'current', overdue: place.overdue })
    }
    return all
  }, [run, diagram])
  if (diagram === undefined) return null
  return (
    <Suspense fallback={<Skeleton height={360} radius="md" />}>
      <MapDiagram diagram={diagram} marks={marks} height={360} follow={standsAt(marks)} />
    </Suspense>
  )
}

const waits = ['1 hour', '1 day', '1 working day', '1 week', '30 days'] as const

/** What can happen next: outcomes of the open tasks, time, events, fields, and what one does by hand. */
function What({ run, busy, choose, step }: { run: Run; busy: boolean; choose: (choice: Choice) => void; step: number }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  if (run.status !== 'open') return <Alert color={run.status === 'positive' ? 'green' : 'gray'}>{t(`run.ended.${run.status}`)}</Alert>
  const places = run.places ?? []
  return (
    <Stack gap="sm">
      {(run.tasks ?? []).map((task) => (
        <TaskInRun key={`${task.path} ${task.visit} ${step}`} task={task} busy={busy} onChoose={(outcome, fields) => choose({ complete: { path: task.path, outcome, fields } })} />
      ))}
      {places.filter((place) => place.awaiting || place.failed !== undefined).map((place) => (
        <Group key={place.path} gap="xs">
          {place.awaiting && (
            <>
              <Text size="sm">{t('run.awaiting', { stage: place.name })}</Text>
              <Button size="compact-sm" variant="default" disabled={busy} onClick={() => choose({ delivered: place.path })}>
                {t('run.delivered')}
              </Button>
              <Button size="compact-sm" variant="default" disabled={busy} onClick={() => choose({ failed: place.path })}>
                {t('run.failed')}
              </Button>
            </>
          )}
          {place.failed !== undefined && !place.awaiting && (
            <>
              <Text size="sm" c="var(--mantine-color-error)">
                {t('run.stuck', { stage: place.name, code: place.failed })}
              </Text>
              <Button size="compact-sm" variant="default" disabled={busy} onClick={() => choose({ retry: place.path })}>
                {t('run.retry')}
              </Button>
            </>
          )}
        </Group>
      ))}
      <Group gap="xs">
        {run.next_at !== undefined && (
          <Button size="xs" variant="light" disabled={busy} onClick={() => choose({ pass: true })}>
            {t('run.pass', { when: format.moment(run.next_at) })}
          </Button>
        )}
        <Menu>
          <Menu.Target>
            <Button size="xs" variant="default" disabled={busy} rightSection={<IconChevronDown size={14} aria-hidden />}>
              {t('run.wait')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {waits.map((wait) => (
              <Menu.Item key={wait} onClick={() => choose({ wait })}>
                {t(`run.waits.${wait}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        {(run.events ?? []).map((event) => (
          <Button key={event} size="xs" variant="default" disabled={busy} onClick={() => choose({ event: event as NonNullable<Choice['event']> })}>
            {t(`run.events.${event as NonNullable<Choice['event']>}`)}
          </Button>
        ))}
      </Group>
      {run.mode === 'manual' && <ByHand run={run} busy={busy} choose={choose} />}
      <SetFields key={step} run={run} busy={busy} onSet={(set) => choose({ set })} />
    </Stack>
  )
}

/** ByHand moves and closes a case of a map whose cases people move (R31). */
function ByHand({ run, busy, choose }: { run: Run; busy: boolean; choose: (choice: Choice) => void }) {
  const { t } = useTranslation('maps')
  const closings = [...(run.outcomes ?? []).map((one) => ({ id: one.id, name: one.name })), ...(['won', 'lost'] as const).filter((how) => !(run.outcomes ?? []).some((one) => one.id === how)).map((how) => ({ id: how, name: t(`run.closings.${how}`) }))]
  return (
    <Group gap="xs" align="flex-end">
      <Select label={t('run.move')} placeholder={t('run.choose')} data={(run.stages ?? []).filter((stage) => stage.id !== run.stage).map((stage) => ({ value: stage.id, label: stage.name }))} value={null} disabled={busy} onChange={(move) => move !== null && choose({ move })} />
      {closings.map((one) => (
        <Button key={one.id} variant="default" disabled={busy} onClick={() => choose({ close: one.id })}>
          {t('run.close', { name: one.name })}
        </Button>
      ))}
    </Group>
  )
}

/** SetFields changes fields of the case, as somebody would on its card: conditions read them. */
function SetFields({ run, busy, onSet }: { run: Run; busy: boolean; onSet: (values: Values) => void }) {
  const { t } = useTranslation('maps')
  const [values, setValues] = useState<Values>({})
  const items = optional(run.fields ?? [])
  if (items.length === 0) return null
  return (
    <details className={classes.details}>
      <summary>{t('run.fields')}</summary>
      <Stack gap="sm" pt="xs">
        <ItemForm items={items} values={values} onChange={setValues} />
        <Group>
          <Button size="xs" variant="default" disabled={busy || Object.keys(filled(values)).length === 0} onClick={() => onSet(filled(values))}>
            {t('run.set')}
          </Button>
        </Group>
      </Stack>
    </details>
  )
}
