import { ActionIcon, Anchor, Badge, Button, Collapse, Group, SegmentedControl, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconAlertTriangle, IconArrowsMaximize, IconCheck, IconClockPause, IconExternalLink, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { answer, api, newKey, type Schema } from '@/api/client'
import { decided } from '@/api/commands'
import { keys } from '@/api/keys'
import { usePerformerName, useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe } from '@/app/session'
import { Due, When } from '@/ui/bits'
import { inBrowser, keptBelow, store, stored } from '@/ui/edit/kept'
import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'
import { useAbilities } from '@/ui/tasks/tasks'
import { tell } from '@/ui/tell'
import { sentence } from '@/ui/words'

import { Block } from '@/ui/Block'
import { lazy } from '@/ui/lazy'
import { Window } from '@/ui/Window'
import { anyOpened } from '@/ui/windows'
import { useCard, useWork, type Route } from './card'
import classes from './case.module.css'

const TaskPanel = lazy(() => import('@/ui/tasks/TaskPanel').then((module) => ({ default: module.TaskPanel })))

/** Side is the way of the case: its route, its current tasks, why it is where it is, and who has been told what. */
export function Side() {
  return (
    <>
      <RouteBlock />
      <Work />
      <Why />
      <Notifications />
    </>
  )
}

/** Work is what is to be done on the case now (R12), with the commands of the task that one looks at (R42). */
function Work() {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const work = useWork(ref)
  const performerName = usePerformerName()
  const userName = useUserName()
  const can = useAbilities()
  const [params] = useSearchParams()
  const [picked, setPicked] = useState<string>()
  const me = useMe()
  const open = (work.data?.items ?? []).filter((task) => task.status === 'open')
  const first = (open.find(can.complete) ?? open[0])?.id
  // The task one looks at stays in sight when it is done: it says so, and what comes next. What is withdrawn because the deal is led by
  // hand from now on is nobody's to do.
  if (picked === undefined && first !== undefined) setPicked(first)
  // What a colleague has done meanwhile gives way, unless one is at it oneself: there is something typed, a window, or the focus in it.
  const seen = work.data?.items?.find((task) => task.id === picked)
  const done = seen?.status === 'completed' && seen.closed_by !== undefined && seen.closed_by !== me?.id ? seen : undefined
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (done === undefined || params.has('task') || keptBelow(`task.${done.id}`) || anyOpened() || panel.current?.contains(document.activeElement) === true) return
    setPicked(first)
    tell.done(t('workDone', { task: done.name, who: userName(done.closed_by ?? '') }))
  }, [done, first, params, t, userName])
  const looked = params.get('task') ?? picked
  const over = shown.mode === 'manual' && work.data?.items?.find((task) => task.id === looked)?.status === 'withdrawn'
  const current = over ? undefined : looked
  if (work.isError && work.data === undefined) return <Failure error={work.error} onRetry={() => void work.refetch()} />
  const others = open.filter((task) => task.id !== current)
  if (current === undefined && others.length === 0) return null
  return (
    <Block title={t('work')}>
      <Stack gap="sm">
        {current !== undefined && (
          <Suspense fallback={<Skeleton height={120} />}>
            <div ref={panel}>
              <TaskPanel id={current} withCase={false} to={(id) => `/cases/${ref}?task=${id}`} />
            </div>
          </Suspense>
        )}
        {others.map((task) => (
          <div key={task.id}>
            <Group justify="space-between" gap={6}>
              <Anchor component={Link} to={`?task=${task.id}`} size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                {task.name}
              </Anchor>
              <Due at={task.due_at} overdue={task.overdue} size="xs" />
            </Group>
            <Text size="xs" c="dimmed">
              {performerName(task.taken_by === undefined ? task.performer : { user_id: task.taken_by })}
            </Text>
          </div>
        ))}
      </Stack>
    </Block>
  )
}

const RouteDiagram = lazy(() => import('./RouteDiagram'))

/** RouteBlock shows the stages done, the current one and those ahead, with who performs each and until when (R33): in a line, or on their map. */
function RouteBlock() {
  const { t } = useTranslation('case')
  const { route, standing } = useCard()
  const [large, setLarge] = useState(false)
  const [drawn, setDrawn] = useDrawn()
  const move = useMove()
  const stages = route?.stages ?? []
  if (stages.length === 0) return null
  const { map } = route ?? {}
  const mayMove = route?.may_move === true && standing.directs
  return (
    <Block
      title={t('route.title')}
      actions={
        map !== undefined && (
          <Group gap={4} wrap="nowrap">
            <SegmentedControl size="xs" aria-label={t('route.view')} value={drawn ? 'diagram' : 'stages'} onChange={(view) => setDrawn(view === 'diagram')} data={[{ value: 'stages', label: t('route.stages') }, { value: 'diagram', label: t('route.diagram') }]} />
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('route.enlarge')} title={t('route.enlarge')} onClick={() => setLarge(true)}>
              <IconArrowsMaximize size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )
      }
    >
      {drawn && map !== undefined ? (
        <>
          <Suspense fallback={<Skeleton height={320} radius="md" />}>
            <RouteDiagram map={map} stages={stages} />
          </Suspense>
          <InWords stages={stages} onMove={mayMove ? move.to : undefined} />
        </>
      ) : (
        <Stages stages={stages} onMove={mayMove ? move.to : undefined} />
      )}
      <Picture opened={large} onClose={() => setLarge(false)} />
    </Block>
  )
}

/**
 * InWords is below a drawing what that does not say: where one may go to, what has failed and what is paused; and all of it for whoever
 * does not see the drawing.
 */
function InWords({ stages, onMove }: { stages: Stage[]; onMove: ((stage: Stage) => void) | undefined }) {
  if (onMove !== undefined) return <Stages stages={stages} onMove={onMove} />
  const lines = (some: Stage[]) => some.map((stage) => <StageLine key={stage.path} stage={stage} onMove={undefined} />)
  const troubled = stages.filter((stage) => stage.failed !== undefined || stage.paused_until !== undefined)
  return (
    <>
      {troubled.length > 0 && (
        <ol className={classes.stages} aria-hidden>
          {lines(troubled)}
        </ol>
      )}
      <VisuallyHidden>
        <ol>{lines(stages)}</ol>
      </VisuallyHidden>
    </>
  )
}

/** useDrawn is whether one wants to see the route drawn; each person's own, in this browser. */
function useDrawn(): [boolean, (drawn: boolean) => void] {
  const me = useMe()?.id ?? ''
  const name = `marshrut.route.drawn.${me}`
  const [drawn, setDrawn] = useState(() => stored(inBrowser, name) === true)
  return [
    drawn,
    (next) => {
      store(inBrowser, name, next ? true : undefined)
      setDrawn(next)
    },
  ]
}

/** Stages are all of them; on a telephone, where the feed stands below, those where the case is, and all when one asks for them. */
function Stages({ stages, onMove }: { stages: Stage[]; onMove: ((stage: Stage) => void) | undefined }) {
  const { t } = useTranslation('case')
  const phone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false
  const [all, setAll] = useState(false)
  const current = stages.filter((stage) => stage.state === 'current')
  const here = current.length > 0 ? current : stages.filter((stage) => stage.state === 'done').slice(-1)
  const brief = phone && here.length > 0 && here.length < stages.length
  return (
    <>
      <ol className={classes.stages}>
        {(brief && !all ? here : stages).map((stage) => (
          <StageLine key={stage.path} stage={stage} onMove={stage.depth === 0 && stage.state !== 'current' && onMove !== undefined ? () => onMove(stage) : undefined} />
        ))}
      </ol>
      {brief && (
        <Button size="compact-sm" variant="subtle" mt={4} aria-expanded={all} onClick={() => setAll(!all)}>
          {t(all ? 'route.brief' : 'route.whole')}
        </Button>
      )}
    </>
  )
}

/** Picture is the route drawn in a window of its own, as large as that lets it be. */
function Picture({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const diagram = useQuery({
    queryKey: [...keys.caseOf(ref), 'diagram'],
    queryFn: () => answer<unknown>(api.GET('/api/v1/cases/{id}/route.svg', { params: { path: { id: ref } }, parseAs: 'text' })).then(String),
    enabled: opened,
  })
  const natural = Number(/^<svg[^>]* width="([\d.]+)/.exec(diagram.data ?? '')?.[1] ?? 600)
  return (
    <Window opened={opened} onClose={onClose} size="auto" title={t('route.title')}>
      {diagram.isError && diagram.data === undefined ? (
        <Failure error={diagram.error} onRetry={() => void diagram.refetch()} />
      ) : diagram.data === undefined ? (
        <Skeleton height={480} width={`min(${natural}px, 80vw)`} />
      ) : (
        <div className={classes.picture}>
          {/* As data it is a picture and no more: nothing in it runs. */}
          <img src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(diagram.data)}`} alt={t('route.picture', { number: shown.number })} style={{ width: `max(${Math.min(natural, 600)}px, min(${Math.round(natural * 1.4)}px, 82vw))` }} />
        </div>
      )}
    </Window>
  )
}

type Stage = NonNullable<Route['stages']>[number]

type StageName = Pick<Stage, 'id' | 'name'>

/** useMove goes to a stage of a deal that is led by hand, back or ahead (R31), and back again if that was a mistake. */
function useMove(): { to: (stage: StageName) => void } {
  const { t } = useTranslation('case')
  const { ref, route, again } = useCard()
  // Moves are done in the order in which they were made, each from where the one before it has led.
  const sent = useRef<Promise<unknown>>(Promise.resolve())
  const led = useRef<StageName>(undefined)
  const underWay = useRef(0)
  useEffect(() => {
    // Of one's own moves a route that was read between them knows the first alone.
    if (underWay.current === 0) led.current = undefined
  }, [route])
  const move = useMutation({
    mutationFn: ({ to, from }: { to: StageName; from: StageName | undefined }) => {
      underWay.current += 1
      const send = () => decided(api.POST('/api/v1/deals/{id}/move', { params: { path: { id: ref }, header: { 'Idempotency-Key': newKey() } }, body: { stage: to.id, ...(from === undefined ? {} : { from: from.id }) } }))
      const done = sent.current.then(send, send)
      sent.current = done
      return done
    },
    onError: (error) => {
      led.current = undefined
      tell.problem(error)
    },
    onSettled: () => {
      underWay.current -= 1
      again()
    },
  })
  const drawn = route?.stages?.find((stage) => stage.state === 'current' && stage.depth === 0)
  const to = (stage: StageName) => {
    const from = led.current ?? drawn
    led.current = stage
    move.mutate({ to: stage, from }, { onSuccess: () => tell.done(t('route.moved', { stage: stage.name }), from === undefined ? undefined : () => move.mutate({ to: from, from: stage })) })
  }
  return { to }
}

function StageLine({ stage, onMove }: { stage: Stage; onMove: (() => void) | undefined }) {
  const { t } = useTranslation('case')
  const { shown } = useCard()
  const ahead = stage.state === 'ahead'
  // A case that is over has ended at the stage it was at last, and comes to none any more.
  const over = shown.status === 'open' ? undefined : shown.status
  const end = over !== undefined && stage.state === 'done' && stage.path === shown.stage ? over : undefined
  const state = end !== undefined ? t(`route.ends.${end}`) : t(`route.states.${ahead && over !== undefined ? 'never' : stage.state}`)
  return (
    <li className={classes.stage} tabIndex={-1} style={{ marginLeft: stage.depth * 14 }} aria-current={stage.state === 'current' ? 'step' : undefined}>
      <span className={classes.mark} data-state={stage.state} data-failed={stage.failed !== undefined || undefined} data-end={end} aria-hidden>
        {stage.state === 'done' && (end === undefined || end === 'positive' ? <IconCheck size={12} stroke={3} /> : <IconX size={12} stroke={3} />)}
      </span>
      <Text size="sm" fw={stage.state === 'current' ? 650 : 400} c={ahead ? 'dimmed' : undefined} style={{ overflowWrap: 'anywhere' }} className={(ahead && classes.ahead) || ''}>
        <span>
          {stage.name}
          {stage.visits > 1 && ` ×${stage.visits}`}
        </span>
        {/* Beside the mark the word is for whoever does not see it. */}
        {stage.state === 'current' || end !== undefined ? (
          <Text span size="xs" c="dimmed">
            {' '}
            — {state}
          </Text>
        ) : (
          <VisuallyHidden> — {state}</VisuallyHidden>
        )}
        {ahead && over === undefined && stage.performer?.name !== undefined && (
          <Text span size="xs" c="dimmed" truncate title={stage.performer.name} style={{ flex: 1 }}>
            {` · ${stage.performer.name}`}
          </Text>
        )}
      </Text>
      {onMove !== undefined && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={(event) => {
            // The button goes with the move; the focus stays at the stage.
            event.currentTarget.closest('li')?.focus()
            onMove()
          }}
          aria-label={t('route.goTo', { stage: stage.name })}
        >
          {t('route.go')}
        </Button>
      )}
      {stage.state === 'current' && (
        <Group gap={6}>
          {stage.performer?.name !== undefined && (
            <Text size="xs" c="dimmed">
              {stage.performer.name}
            </Text>
          )}
          <Due at={stage.due} overdue={stage.overdue} size="xs" />
        </Group>
      )}
      {stage.paused_until !== undefined && (
        <Text size="xs" c="dimmed">
          <IconClockPause size={13} aria-hidden /> {t('route.paused')} <When at={stage.paused_until} />
        </Text>
      )}
      {stage.failed !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)">
          <IconAlertTriangle size={13} aria-hidden /> {t('route.failed')}
        </Text>
      )}
    </li>
  )
}

/** Why says what the case waits for, and lets what failed be tried again. */
function Why() {
  const { t } = useTranslation('case')
  const { ref, shown, standing, again } = useCard()
  const why = useQuery({ queryKey: [...keys.caseOf(ref), 'why'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/why', { params: { path: { id: ref } } })) })
  const about = useQuery({ queryKey: keys.about, queryFn: () => answer(api.GET('/api/v1/about')), staleTime: Infinity })
  const retry = useMutation({
    mutationFn: (incident: string) => decided(api.POST('/api/v1/cases/{id}/retry', { params: { path: { id: ref }, header: { 'Idempotency-Key': newKey() } }, body: { incident_id: incident } })),
    onSuccess: () => {
      again()
      tell.done(t('why.retried'))
    },
    onError: tell.problem,
  })
  const waits = why.data?.waiting_for ?? []
  const incidents = (why.data?.incidents ?? []).filter((incident) => incident.resolved_at === undefined)
  const { temporal_ui: ui, temporal_namespace: namespace = 'default' } = about.data ?? {}
  const temporal = ui !== undefined && shown.workflow_id !== undefined ? `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(shown.workflow_id)}` : undefined
  if (waits.length === 0 && incidents.length === 0 && temporal === undefined) return null
  return (
    <Block title={t('why.title')}>
      <Stack gap={8}>
        {waits.map((wait, i) => (
          <Text key={i} size="sm" c={wait.overdue || wait.kind === 'incident' ? 'var(--mantine-color-error)' : undefined} style={{ overflowWrap: 'anywhere' }}>
            {wait.text}
          </Text>
        ))}
        {shown.status !== 'open' && waits.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('why.ended')}
          </Text>
        )}
        {incidents.map((incident) => (
          <Group key={incident.id} justify="space-between" gap="xs">
            <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
              <IconAlertTriangle size={14} aria-hidden /> {sentence(incident.text)} · <When at={incident.opened_at} />
              {incident.detail !== undefined && !incident.code.startsWith('webhook_') && (
                <Text size="xs" c="dimmed">
                  {incident.detail}
                </Text>
              )}
            </Text>
            {incident.blocking && standing.directs && (
              <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate(incident.id)}>
                {t('why.retry')}
              </Button>
            )}
          </Group>
        ))}
        {temporal !== undefined && (
          <Anchor href={temporal} target="_blank" rel="noreferrer" size="sm">
            {t('why.temporal')} <IconExternalLink size={13} aria-hidden />
          </Anchor>
        )}
      </Stack>
    </Block>
  )
}

const fates = { pending: 'gray', sending: 'blue', sent: 'green', failed: 'red', unknown: 'orange', skipped: 'gray' } as const

/** Notifications are what was to be told to whom, and what became of it (R40). */
function Notifications() {
  const { t } = useTranslation('case')
  const { ref, mayWork } = useCard()
  const [open, setOpen] = useState(false)
  const list = useQuery({ queryKey: [...keys.caseOf(ref), 'notifications'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/notifications', { params: { path: { id: ref } } })) })
  const items = [...(list.data?.items ?? [])].reverse()
  if (items.length === 0) return null
  const wrong = items.filter((n) => n.status === 'failed' || n.status === 'unknown').length
  return (
    <Block
      title={t('told.title')}
      actions={
        <Button size="compact-sm" variant="subtle" aria-expanded={open} color={wrong > 0 ? 'red' : undefined} onClick={() => setOpen((o) => !o)}>
          {open ? t('told.hide') : t('told.show', { count: items.length })}
        </Button>
      }
    >
      {wrong > 0 && !open && (
        <Text size="sm" c="var(--mantine-color-error)">
          {t('told.wrong', { count: wrong })}
        </Text>
      )}
      <Collapse expanded={open}>
        <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
          {items.map((one) => (
            <Told key={one.id} one={one} mayResend={mayWork && one.may_resend} />
          ))}
        </Stack>
      </Collapse>
    </Block>
  )
}

function Told({ one, mayResend }: { one: Schema<'Notification'>; mayResend: boolean }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { again } = useCard()
  const request = useRequestKey()
  const resend = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/notifications/{id}/resend', { params: { path: { id: one.id }, header: { 'Idempotency-Key': request.key } } })),
    onSuccess: () => {
      request.done()
      again()
    },
    onError: (error) => {
      request.refused(error)
      tell.problem(error)
    },
  })
  const ask = () =>
    askFirst({ title: t('told.resendTitle'), children: <Text size="sm">{t('told.resendText')}</Text>, labels: { cancel: common('cancel'), confirm: t('told.resend') }, withCloseButton: false, onConfirm: () => resend.mutate() })
  return (
    <li>
      <Group gap={6} justify="space-between">
        <Text size="sm">
          {t(`told.channels.${one.channel}`)}
          {one.template !== undefined && `: ${one.template}`}
        </Text>
        <Badge color={fates[one.status]}>{t(`told.fates.${one.status}`)}</Badge>
      </Group>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        <When at={one.finished_at ?? one.created_at} />
        {one.reason_text !== undefined && ` · ${one.reason_text}`}
      </Text>
      {mayResend && (
        <Button size="compact-sm" variant="default" mt={4} loading={resend.isPending} onClick={ask}>
          {t('told.resend')}
        </Button>
      )}
    </li>
  )
}
