import { Alert, Anchor, Badge, Button, Group, Skeleton, Spoiler, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconInfoCircle, IconUserShare } from '@tabler/icons-react'
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { usePerformerName, useUserName } from '@/api/people'
import { useFollow } from '@/app/Workplace'
import { Due, KindBadge, When } from '@/ui/bits'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'

import { DelegateDialog } from './DelegateDialog'
import { OutcomeForm } from './OutcomeForm'
import { OwnTask } from './OwnTask'
import { PlanNext } from './PlanNext'
import classes from './tasks.module.css'
import { isLate, isOwn, useAbilities, useMoveTasks, useTask, type Task } from './tasks'

const MoveDeadline = lazy(() => import('./MoveDeadline'))

interface Props {
  id: string
  /** Where a task of the inbox opens. */
  to?: (id: string) => string
  /** The task of the list that comes after this one. */
  nextInList?: Task | undefined
  /** The heading takes the focus when a task opens. */
  focus?: boolean
  /** On the card of the case itself the case is not told again. */
  withCase?: boolean
}

/** What has been done, and what can be done next. */
export interface Done {
  title: string
  next: Task[]
}

/**
 * TaskPanel is a task with all that one needs to do it: its case in short, what to do, by when and by whom, and the ways to complete it
 * with their forms (R20). Afterwards it offers the next task of the case, or of the list.
 */
export function TaskPanel({ id, to = (task) => `/inbox/${task}`, nextInList, focus = false, withCase = true }: Props) {
  const { t } = useTranslation('tasks')
  const task = useTask(id)
  // What was done is said until another task is opened.
  const [done, setDone] = useState<Done & { id: string; nextInList: Task | undefined }>()
  useFollow(task.data?.case_id)
  if (done?.id === id) return <AllDone done={done} nextInList={done.nextInList} to={to} />
  if (task.isPending) {
    return (
      <Stack p="md" role="status" aria-label={t('loading', { ns: 'common' })}>
        <Skeleton height={28} width="60%" />
        <Skeleton height={18} />
        <Skeleton height={120} />
      </Stack>
    )
  }
  if (task.data === undefined) return <Failure error={task.error} onRetry={() => void task.refetch()} />
  return <Shown key={id} task={task.data} focus={focus} withCase={withCase} onDone={(what) => setDone({ ...what, id, nextInList })} />
}

function Shown({ task, focus, withCase, onDone }: { task: Task; focus: boolean; withCase: boolean; onDone: (done: Done) => void }) {
  const { t } = useTranslation('tasks')
  const heading = useRef<HTMLHeadingElement>(null)
  const can = useAbilities()
  useEffect(() => {
    if (focus) heading.current?.focus()
  }, [focus])
  const open = task.status === 'open'
  const again = open && task.cyclic
  const phase = open ? task.phase : undefined
  const marks = again || phase !== undefined ? (
    <>
      {again && <Badge color="grape">{t('again')}</Badge>}
      {phase !== undefined && <Badge color={phase === 'rework' ? 'orange' : 'blue'}>{t(`phases.${phase}`)}</Badge>}
    </>
  ) : null
  const due = <Due at={task.due_at} overdue={isLate(task, new Date())} size={withCase ? 'sm' : 'xs'} />
  const title = (
    <Title order={2} size={withCase ? 'h4' : 'h5'} id="task-title" tabIndex={-1} ref={heading} className={`as-typed ${classes.title}`}>
      {task.name}
    </Title>
  )
  return (
    <Stack gap={withCase ? 'md' : 8} component="section" aria-labelledby="task-title" className={(withCase ? classes.panel : classes.onCard) ?? ''}>
      {withCase ? (
        <div>
          <Group gap={6} mb={4}>
            <Badge color="gray">{t(`kinds.${task.kind}`)}</Badge>
            {marks}
            {due}
          </Group>
          {title}
        </div>
      ) : (
        <div>
          {(task.kind !== 'stage' || marks !== null) && (
            <Group gap={6} mb={4}>
              {task.kind !== 'stage' && <Badge color="gray">{t(`kinds.${task.kind}`)}</Badge>}
              {marks}
            </Group>
          )}
          <Group justify="space-between" align="baseline" gap="0 8px">
            {title}
            {due}
          </Group>
        </div>
      )}
      {withCase && task.case !== undefined && <CaseInShort task={task} />}
      <Performer task={task} small={!withCase} />
      {task.instructions !== undefined && task.instructions !== '' && (
        <Instructions title={isOwn(task) ? t('description') : t('instructions')} text={task.instructions} short={!withCase} />
      )}
      {isOwn(task) ? <OwnTask task={task} onDone={onDone} /> : <Route task={task} mayComplete={can.complete(task)} onDone={onDone} />}
    </Stack>
  )
}

/** Instructions are what to do. On the card of the case only their beginning shows at first, so that the outcomes are in sight. */
function Instructions({ title, text, short }: { title: string; text: string; short: boolean }) {
  const { t } = useTranslation('tasks')
  const shown = (
    <Text size="sm" className="as-typed">
      {text}
    </Text>
  )
  return (
    <div role="group" aria-label={title}>
      {!short && (
        <Text size="xs" c="dimmed" fw={600}>
          {title}
        </Text>
      )}
      {short ? (
        <Spoiler maxHeight={42} showLabel={t('wholeText')} hideLabel={t('lessText')} styles={{ control: { fontSize: 'var(--mantine-font-size-xs)' } }}>
          {shown}
        </Spoiler>
      ) : (
        shown
      )}
    </div>
  )
}

function CaseInShort({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const userName = useUserName()
  const about = task.case
  if (about === undefined) return null
  return (
    <div className={classes.case}>
      <Group gap={8} wrap="nowrap" align="baseline">
        <KindBadge kind={about.kind} />
        <Anchor component={Link} to={`/cases/${about.number}`} fw={600} size="sm" style={{ whiteSpace: 'nowrap' }}>
          {about.number}
        </Anchor>
      </Group>
      <Text size="sm" className="as-typed" mt={4} lineClamp={4}>
        {about.topic}
      </Text>
      <Group gap="xs" mt={2}>
        {about.client_id !== undefined && (
          <Anchor component={Link} to={`/clients/${about.client_id}`} size="sm">
            {about.client_name}
          </Anchor>
        )}
        {about.responsible_id !== undefined && (
          <Text size="sm" c="dimmed">
            {t('responsible', { name: userName(about.responsible_id) })}
          </Text>
        )}
      </Group>
    </div>
  )
}

/** Performer says on whose desk the task lies, and lets one take, return or hand it over. */
function Performer({ task, small }: { task: Task; small: boolean }) {
  const { t } = useTranslation('tasks')
  const userName = useUserName()
  const performerName = usePerformerName()
  const can = useAbilities()
  const [delegating, setDelegating] = useState(false)
  const [moving, setMoving] = useState(false)
  const move = useMoveTasks()
  const pool = task.performer.user_id === undefined
  // A button that waits cannot have the focus, and the one that was pressed may be gone afterwards.
  const buttons = useRef<HTMLDivElement>(null)
  const moved = useRef(false)
  useEffect(() => {
    if (moved.current && !move.isPending && document.activeElement === document.body) (buttons.current?.querySelector<HTMLElement>('button:enabled') ?? document.getElementById('main'))?.focus()
    moved.current = move.isPending
  }, [move.isPending])
  const size = small ? ({ size: 'compact-xs', h: 24 } as const) : ({ size: 'xs' } as const)
  return (
    <Stack gap={6}>
      <Text size="sm">
        {pool ? t('pool', { name: performerName(task.performer) }) : t('performer', { name: performerName(task.performer) })}
        {task.taken_by !== undefined && `. ${t('takenBy', { name: userName(task.taken_by) })}`}
      </Text>
      {task.in_place_of !== undefined && (
        <Group gap={6}>
          <IconUserShare size={16} aria-hidden />
          <Text size="sm">{t('inPlaceOf', { name: userName(task.in_place_of) })}</Text>
        </Group>
      )}
      {task.author_id !== undefined && task.kind === 'assignment' && (
        <Text size="sm" c="dimmed">
          {t('givenBy', { author: userName(task.author_id), assignee: userName(task.assignee_id) })}
        </Text>
      )}
      <Group gap="xs" ref={buttons}>
        {can.take(task) && (
          <Button {...size} variant="light" loading={move.isPending} onClick={() => move.mutate({ ids: [task.id], move: { kind: 'take' } })}>
            {t('take')}
          </Button>
        )}
        {can.release(task) && (
          <Button {...size} variant="default" loading={move.isPending} onClick={() => move.mutate({ ids: [task.id], move: { kind: 'release' } })}>
            {t('release')}
          </Button>
        )}
        {can.delegate(task) && (
          <Button {...size} variant="default" loading={move.isPending} onClick={() => setDelegating(true)}>
            {t('delegate')}
          </Button>
        )}
        {can.moveDeadline(task) && (
          <Button {...size} variant="default" onClick={() => setMoving(true)}>
            {t('deadline.open')}
          </Button>
        )}
      </Group>
      {moving && (
        <Suspense>
          <MoveDeadline task={task} onClose={() => setMoving(false)} />
        </Suspense>
      )}
      <DelegateDialog count={1} opened={delegating} onClose={() => setDelegating(false)} onChosen={(to) => move.mutate({ ids: [task.id], move: { kind: 'delegate', to } })} />
    </Stack>
  )
}

/** Route is how a task of the route is completed, or how it ended. */
function Route({ task, mayComplete, onDone }: { task: Task; mayComplete: boolean; onDone: (done: Done) => void }) {
  const { t } = useTranslation('tasks')
  // A task that a colleague completes meanwhile keeps what one has typed: the form stays, and says that it is over.
  const [wasOpen] = useState(task.status === 'open')
  return (
    <>
      {task.status !== 'open' && <Ended task={task} />}
      {task.status === 'open' && !mayComplete && (
        <Alert color="gray" icon={<IconInfoCircle size={18} aria-hidden />}>
          {t('notYours')}
        </Alert>
      )}
      {task.kind === 'plan' ? task.status === 'open' && mayComplete && <PlanNext task={task} onDone={onDone} /> : wasOpen && (mayComplete || task.status !== 'open') && <OutcomeForm task={task} onDone={onDone} />}
    </>
  )
}

/** Ended tells by whom a task was completed, or why it was withdrawn. */
export function Ended({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const userName = useUserName()
  return (
    <Alert color={task.status === 'completed' ? 'green' : 'gray'} role="status" icon={<IconInfoCircle size={18} aria-hidden />} title={t(task.status === 'completed' ? 'ended.completed' : 'ended.withdrawn')}>
      <Text size="sm">
        {task.closed_by !== undefined && `${userName(task.closed_by)} · `}
        {task.closed_at !== undefined && <When at={task.closed_at} />}
      </Text>
    </Alert>
  )
}

/** AllDone says what has been done, and offers what is next. */
function AllDone({ done, nextInList, to }: { done: Done; nextInList: Task | undefined; to: (id: string) => string }) {
  const { t } = useTranslation('tasks')
  const first = useRef<HTMLDivElement>(null)
  const can = useAbilities()
  useEffect(() => (first.current?.querySelector<HTMLElement>('a') ?? first.current)?.focus(), [])
  const ofCase = done.next.filter((task) => can.complete(task))
  const waiting = done.next.filter((task) => !can.complete(task))
  const inList = nextInList !== undefined && !ofCase.some((task) => task.id === nextInList.id) ? nextInList : undefined
  return (
    <Stack gap="md" ref={first} tabIndex={-1} role="status" className={classes.panel ?? ''}>
      <Group gap={8} wrap="nowrap">
        <IconCircleCheck size={24} color="var(--mantine-color-green-6)" aria-hidden />
        <Title order={2} size="h4">
          {done.title}
        </Title>
      </Group>
      {waiting.length > 0 && (
        <Text size="sm" c="dimmed" className="as-typed">
          {t('goesOn', { names: waiting.map((task) => task.name).join(', ') })}
        </Text>
      )}
      {ofCase.map((task) => (
        <NextLink key={task.id} to={to(task.id)} label={t('nextOfCase')} name={task.name} />
      ))}
      {inList !== undefined && <NextLink to={to(inList.id)} label={t('nextOfList')} name={[inList.name, inList.case?.number].filter(Boolean).join(' · ')} quiet={ofCase.length > 0} />}
      {ofCase.length === 0 && inList === undefined && <Text c="dimmed">{t('nothingNext')}</Text>}
    </Stack>
  )
}

function NextLink({ to, label, name, quiet = false }: { to: string; label: ReactNode; name: string; quiet?: boolean }) {
  return (
    <Button component={Link} to={to} variant={quiet ? 'default' : 'filled'} justify="flex-start" h="auto" py="xs">
      <Stack gap={0} ta="left">
        <Text size="xs" inherit={false}>
          {label}
        </Text>
        <Text size="sm" fw={600} style={{ whiteSpace: 'normal' }}>
          {name}
        </Text>
      </Stack>
    </Button>
  )
}
