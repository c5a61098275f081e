import { ActionIcon, Anchor, Badge, Button, Collapse, Group, Loader, Stack, Switch, Text, Tooltip } from '@mantine/core'
import {
  IconArrowsSort, IconCalendarEvent, IconChecklist, IconFile, IconHistory, IconMail, IconMessage, IconNote, IconPencil, IconPhone, IconRoute, IconTrash, IconUsers, type Icon,
} from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery, type InfiniteData } from '@tanstack/react-query'
import { createElement, Fragment, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, newKey, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useBlocks, useMe, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { When } from '@/ui/bits'
import { InPlace } from '@/ui/edit/InPlace'
import { inBrowser, store, stored } from '@/ui/edit/kept'
import { merge } from '@/ui/edit/merge'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { FeedFilters } from '@/ui/feed/FeedFilters'
import { pushedOut } from '@/ui/feed/pushedOut'
import { feedQuery, wholeFeed, type FeedFilter } from '@/ui/feed/filter'
import { useInteractionActions } from '@/ui/interactions/actions'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { tell } from '@/ui/tell'

import { useCard } from './card'
import classes from './case.module.css'
import { Composer, MentionArea } from './Composer'
import { NextAction } from './NextAction'
import { placeOf, useFold } from './useFold'

type Comment = Schema<'Comment'>
type Entry = Schema<'Feed'>
type Page = Schema<'FeedOutputBody'>
type Interaction = Schema<'Interaction'>
type InteractionKind = Interaction['kind']

const orderKey = 'marshrut.feed.order'

/**
 * Feed is what is planned, on top, and below it what has been, in the order of time (R5). A filter narrows the latter only (R6); the
 * whole history of the client can be had too (R7). It begins at its end and is read backwards: the oldest are folded away at first.
 */
export function Feed() {
  const { t } = useTranslation('case')
  const { ref, shown, mayWork } = useCard()
  const { interactions } = useBlocks()
  const [filter, setFilter] = useState(wholeFeed)
  const [whole, setWhole] = useState(false)
  const [newest, setNewest] = useState(() => stored(inBrowser, orderKey) === 'newest')
  const [asked, ask] = useState<InteractionAsked>()
  const feed = useFeed(ref, filter, whole)
  const { reading, failure, read } = useOlder(feed, `${JSON.stringify(filter)} ${whole}`)
  const planned = feed.data?.pages[0]?.planned ?? []
  const entries = useMemo(() => feed.data?.pages.flatMap((page) => page.items ?? []) ?? [], [feed.data])
  const byTime = useMemo(() => [...entries].reverse(), [entries])
  const comments = useComments(ref)
  const list = useRef<HTMLDivElement>(null)
  const writing = useRef<HTMLDivElement>(null)
  const fold = useFold({
    list, write: writing, entries: byTime, folds: !newest && filter === wholeFeed, texts: comments.data ?? (comments.isError ? comments.error : undefined), more: feed.hasNextPage && !reading && failure === undefined, read,
  })
  const ordered = newest ? entries : fold.shown
  const more = (fold.hidden > 0 || feed.hasNextPage) && (
    <>
      {failure !== undefined && <Failure error={failure} onRetry={read} />}
      <Group justify="center" py={6}>
        <Button size="compact-sm" variant="default" loading={reading} onClick={fold.unfold}>
          {fold.hidden > 0 && !feed.hasNextPage ? t('feed.earlierCount', { count: fold.hidden }) : t('feed.earlier')}
        </Button>
      </Group>
    </>
  )
  const record = (
    <Button
      size="compact-xs"
      h={24}
      variant="subtle"
      leftSection={<IconPhone size={14} aria-hidden />}
      onClick={() => ask({ to: 'record', about: { caseID: shown.id, ...(shown.client_id === undefined ? {} : { clientID: shown.client_id }), ...(shown.contact_id === undefined ? {} : { contactID: shown.contact_id }) } })}
    >
      {t('feed.record')}
    </Button>
  )
  const write = mayWork && (
    <div ref={writing} className={newest ? undefined : classes.write}>
      <Composer />
      {interactions && (shown.status === 'open' ? <NextAction>{record}</NextAction> : <Group>{record}</Group>)}
    </div>
  )
  const turn = () => {
    store(inBrowser, orderKey, newest ? undefined : 'newest')
    setNewest(!newest)
  }
  return (
    <section className={`panel ${classes.block}`} aria-label={t('feed.title')}>
      <FilterBar filter={filter} onFilter={setFilter} whole={whole} onWhole={setWhole} newest={newest} onTurn={turn} withClient={shown.client_id !== undefined} />
      {feed.isError && entries.length === 0 ? (
        <Failure error={feed.error} onRetry={() => void feed.refetch()} />
      ) : (
        <Stack gap="sm">
          {planned.length > 0 && (
            <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label={t('feed.planned')}>
              {planned.map((interaction) => (
                <Planned key={interaction.id} interaction={interaction} ask={ask} />
              ))}
            </Stack>
          )}
          {newest && write}
          <div>
            {!newest && more}
            {feed.isPending && <Loader size="sm" aria-label={t('feed.loading')} />}
            {!feed.isPending && entries.length === 0 && <Empty title={t('feed.empty')} text={filter === wholeFeed ? '' : t('feed.emptyFilter')} />}
            <div ref={list}>
              <Entries entries={ordered} whole={whole} linked={fold.linked} />
            </div>
            {newest && more}
          </div>
          {!newest && write}
        </Stack>
      )}
      <InteractionDialog asked={asked} onClose={() => ask(undefined)} />
    </section>
  )
}

const pageOf = 30
const mostOf = 200

function useFeed(ref: string, filter: FeedFilter, whole: boolean) {
  const { timeZone } = useFormat()
  const read = (after: string | undefined, limit: number) =>
    answer(
      api.GET('/api/v1/cases/{id}/feed', {
        params: {
          path: { id: ref },
          query: {
            order: 'newest', limit,
            ...(after === undefined ? {} : { after }),
            ...(whole ? { client: true } : {}),
            ...feedQuery(filter, timeZone),
          },
        },
      }),
    )
  return useInfiniteQuery({
    queryKey: [...keys.caseOf(ref), 'feed', filter, whole],
    queryFn: async ({ pageParam, client, queryKey }) => {
      const page = await read(pageParam, pageOf)
      const before = client.getQueryData<InfiniteData<Page>>(queryKey)?.pages[0]?.items ?? []
      const lacks = pageParam === undefined ? pushedOut(page.items ?? [], before) : 0
      if (lacks === 0 || page.next === undefined) return page
      // What has been shown stays, however many have come since: the first page grows by what it would push out.
      const older = await read(page.next, Math.min(lacks, mostOf))
      return { ...older, planned: page.planned, items: [...(page.items ?? []), ...(older.items ?? [])] }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
}

/**
 * useOlder reads the next older page, and again where what a colleague has done had the first one read anew meanwhile, which ends it. Why
 * it could not be read is told until it is asked for again.
 */
function useOlder({ data, hasNextPage, isFetching, fetchNextPage }: ReturnType<typeof useFeed>, of: string): { reading: boolean; failure: unknown; read: () => void } {
  const pages = data?.pages.length ?? 0
  const [last, setLast] = useState<{ of: string; wanted: number; failure?: unknown }>({ of, wanted: 0 })
  // What was wanted of another feed is not wanted of this one.
  const { wanted, failure } = last.of === of ? last : { wanted: 0, failure: undefined }
  const reading = hasNextPage && wanted > pages
  useEffect(() => {
    if (!reading || isFetching) return
    void fetchNextPage().then(({ isFetchNextPageError, error }) => isFetchNextPageError && setLast({ of, wanted: 0, failure: error }))
  }, [reading, isFetching, fetchNextPage, of])
  return { reading, failure, read: () => setLast({ of, wanted: pages + 1 }) }
}

interface BarProps {
  filter: FeedFilter
  onFilter: (filter: FeedFilter) => void
  whole: boolean
  onWhole: (whole: boolean) => void
  newest: boolean
  onTurn: () => void
  withClient: boolean
}

function FilterBar({ filter, onFilter, whole, onWhole, newest, onTurn, withClient }: BarProps) {
  const { t } = useTranslation('case')
  const [open, setOpen] = useState(false)
  return (
    <Stack gap={8} mb="sm">
      <Group justify="space-between" gap="xs">
        <Text component="h2" fw={650} size="sm" m={0}>
          {t('feed.title')}
        </Text>
        <Group gap="xs">
          {withClient && <Switch size="sm" label={t('feed.whole')} checked={whole} onChange={(e) => onWhole(e.currentTarget.checked)} />}
          <Tooltip label={newest ? t('feed.newest') : t('feed.oldest')}>
            <ActionIcon variant="default" size={32} onClick={onTurn} aria-label={t('feed.turn')} aria-pressed={newest}>
              <IconArrowsSort size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button size="compact-sm" variant="default" h={32} aria-expanded={open} onClick={() => setOpen((o) => !o)}>
            {t('feed.filter')}
            {filter !== wholeFeed && ' •'}
          </Button>
        </Group>
      </Group>
      <Collapse expanded={open}>
        <FeedFilters filter={filter} onFilter={onFilter} />
      </Collapse>
    </Stack>
  )
}

function Planned({ interaction, ask }: { interaction: Interaction; ask: (asked: InteractionAsked) => void }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { mayWork } = useCard()
  const userName = useUserName()
  const actions = useInteractionActions()
  const [now] = useState(() => Date.now())
  const late = Date.parse(interaction.at) < now
  const KindIcon = iconOfInteraction[interaction.kind]
  return (
    <li className={classes.planned} data-late={late || undefined}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <Group gap={6}>
          <KindIcon size={16} aria-hidden />
          <Text size="sm" fw={600}>
            {common(`interactionKinds.${interaction.kind}`)} · <When at={interaction.at} />
          </Text>
          {late && <Badge color="red">{t('feed.late')}</Badge>}
        </Group>
        {mayWork && (
          <Group gap={4}>
            <Button size="compact-sm" variant="light" onClick={() => ask({ to: 'complete', id: interaction.id })}>
              {t('feed.complete')}
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={() => ask({ to: 'edit', id: interaction.id })}>
              {t('feed.edit')}
            </Button>
            <Button size="compact-sm" variant="subtle" color="gray" onClick={() => void actions.cancel(interaction)}>
              {t('feed.cancel')}
            </Button>
          </Group>
        )}
      </Group>
      <Text size="sm" className="as-typed">
        {interaction.topic}
      </Text>
      {interaction.content !== undefined && (
        <Text size="sm" c="dimmed" className="as-typed" lineClamp={4}>
          {interaction.content}
        </Text>
      )}
      {interaction.responsible_id !== undefined && (
        <Text size="xs" c="dimmed">
          {userName(interaction.responsible_id)}
        </Text>
      )}
    </li>
  )
}

const iconOfInteraction: Record<InteractionKind, Icon> = { call: IconPhone, meeting: IconUsers, email: IconMail, sms: IconMessage, calendar: IconCalendarEvent, other: IconNote }

/** iconOf is by the first word of an entry's kind, which says what it is about. */
function iconOf(kind: string): Icon {
  const word = kind.split('_')[0] ?? ''
  if (word === 'note' || word === 'comment' || word === 'mention') return IconNote
  if (word === 'file') return IconFile
  if (word === 'task' || word === 'assignment') return IconChecklist
  if (word === 'notification' || word === 'letter') return IconMail
  if (word === 'interaction' || word === 'interactions') return IconCalendarEvent
  if (['created', 'stage', 'closed', 'reopened', 'moved', 'manual', 'overdue', 'pause', 'event', 'incident', 'case', 'payment'].includes(word)) return IconRoute
  return word === 'changed' ? IconPencil : IconHistory
}

const readComments = async (ref: string): Promise<Comment[]> => {
  const all: Comment[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await answer(api.GET('/api/v1/cases/{id}/comments', { params: { path: { id: ref }, query: { limit: 200, ...(after === undefined ? {} : { after }) } } }))
    all.push(...(page.items ?? []))
    after = page.next
  }
  return all
}

const useComments = (ref: string) => useQuery({ queryKey: [...keys.caseOf(ref), 'comments'], queryFn: () => readComments(ref) })

function Entries({ entries, whole, linked }: { entries: readonly Entry[]; whole: boolean; linked: string | undefined }) {
  const format = useFormat()
  const { ref } = useCard()
  const comments = useComments(ref)
  const texts = useMemo(() => new Map((comments.data ?? []).map((comment) => [comment.id, comment])), [comments.data])
  return (
    <div role={entries.length === 0 ? undefined : 'feed'}>
      {entries.map((entry, i) => {
        const before = entries[i - 1]
        const day = before === undefined || format.dayKey(new Date(before.at)) !== format.dayKey(new Date(entry.at))
        const commentID = typeof entry.data.comment_id === 'string' ? entry.data.comment_id : undefined
        return (
          <Fragment key={entry.id}>
            {day && <div className={classes.day}>{format.date(entry.at)}</div>}
            <EntryLine entry={entry} comment={commentID === undefined ? undefined : texts.get(commentID)} whole={whole} position={i + 1} linked={placeOf(entry) === linked} />
          </Fragment>
        )
      })}
    </div>
  )
}

function EntryLine({ entry, comment, whole, position, linked }: { entry: Entry; comment: Comment | undefined; whole: boolean; position: number; linked: boolean }) {
  const { t } = useTranslation('case')
  const { shown } = useCard()
  const format = useFormat()
  const { interaction } = entry
  const elsewhere = whole && entry.case_id !== undefined && entry.case_id !== shown.id
  return (
    <article id={placeOf(entry)} data-linked={linked || undefined} className={`${classes.entry} ${interaction?.status === 'cancelled' ? classes.cancelled : ''}`} aria-posinset={position} aria-setsize={-1} tabIndex={-1}>
      <span className={classes.icon} data-loud={interaction !== undefined || comment !== undefined || undefined} aria-hidden>
        {createElement(interaction === undefined ? iconOf(entry.kind) : iconOfInteraction[interaction.kind], { size: 15 })}
      </span>
      <div>
        {interaction !== undefined ? <Done interaction={interaction} text={entry.text} /> : comment !== undefined && (entry.kind === 'comment' || entry.kind === 'note') ? <CommentEntry comment={comment} /> : <Sentence entry={entry} />}
        {elsewhere && (
          <Anchor component={Link} to={`/cases/${entry.case_id}`} size="xs">
            {t('feed.elsewhere')}
          </Anchor>
        )}
      </div>
      <Tooltip label={format.full(entry.at)} openDelay={400}>
        <Text component="time" dateTime={entry.at} size="xs" c="dimmed">
          {format.time(entry.at)}
        </Text>
      </Tooltip>
    </article>
  )
}

function Sentence({ entry }: { entry: Entry }) {
  const { t } = useTranslation('case')
  const { data } = entry
  const removed = entry.kind === 'file_removed'
  return (
    <>
      <span className="as-typed">{entry.text}</span>
      {entry.kind === 'file' && typeof data.file_id === 'string' && !removed && (
        <div>
          <Anchor size="sm" href={`/api/v1/files/${data.file_id}`} download>
            {t('feed.download', { name: typeof data.name === 'string' ? data.name : '' })}
          </Anchor>
        </div>
      )}
    </>
  )
}

function Done({ interaction, text }: { interaction: Interaction; text: string }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { mayWork } = useCard()
  const userName = useUserName()
  const actions = useInteractionActions()
  const cancelled = interaction.status === 'cancelled'
  const who = userName(interaction.responsible_id ?? interaction.created_by)
  return (
    <div className={classes.bubble} data-interaction={interaction.id}>
      <Group gap={6} justify="space-between">
        <Text size="sm" fw={600} className={classes.struck ?? ''}>
          {common(`interactionKinds.${interaction.kind}`)}
          {interaction.direction !== undefined && `, ${t(`feed.directions.${interaction.direction}`)}`}
        </Text>
        <Text size="xs" c="dimmed">
          {who === '' ? text : who}
        </Text>
      </Group>
      <Text size="sm" className={`as-typed ${classes.struck}`}>
        {interaction.topic}
      </Text>
      {interaction.content !== undefined && (
        <Text size="sm" c="dimmed" className={`as-typed ${classes.struck}`}>
          {interaction.content}
        </Text>
      )}
      {interaction.result !== undefined && (
        <Text size="sm" className={`as-typed ${classes.struck}`}>
          <b>{t('feed.result')}</b> {interaction.result}
        </Text>
      )}
      {cancelled && (
        <Group gap="xs" mt={4}>
          <Badge color="gray">{t('feed.isCancelled')}</Badge>
          {mayWork && (
            <Button size="compact-sm" variant="default" onClick={() => void actions.restore(interaction)}>
              {t('feed.restore')}
            </Button>
          )}
        </Group>
      )}
    </div>
  )
}

function CommentEntry({ comment }: { comment: Comment }) {
  const { t } = useTranslation('case')
  const me = useMe()
  const { mayWork } = useCard()
  const change = useCommentChange()
  const userName = useUserName()
  return (
    <div className={classes.bubble}>
      <Group gap={6} justify="space-between">
        <Text size="sm" fw={600}>
          {comment.author_id === me?.id ? t('feed.you') : userName(comment.author_id)}
          {comment.kind === 'note' && (
            <Text span size="xs" c="dimmed" fw={400}>
              {' '}
              · {t('feed.note')}
            </Text>
          )}
        </Text>
        <Group gap={6} wrap="nowrap">
          {comment.edited_at !== undefined && (
            <Text size="xs" c="dimmed">
              {t('feed.edited')}
            </Text>
          )}
          <RemoveComment comment={comment} />
        </Group>
      </Group>
      <InPlace
        bare
        label={t(comment.kind === 'note' ? 'feed.changeNote' : 'feed.changeComment')}
        part={`comment.${comment.id}`}
        value={comment.text}
        editable={mayWork && comment.author_id === me?.id}
        shown={(text) => (
          <Text size="sm" className="as-typed">
            {text}
          </Text>
        )}
        input={(draft, set, error) => <MentionArea label={t(comment.kind === 'note' ? 'feed.changeNote' : 'feed.changeComment')} placeholder={t('composer.mention')} value={draft} onChange={set} error={error} />}
        save={(text, before) => change(comment, text, before)}
        problem={(error) => error.field('/text')}
      />
      {comment.edited_at !== undefined && <Earlier comment={comment} />}
    </div>
  )
}

/** RemoveComment takes a comment away at once, and lets that be undone for a while: one's own, or anybody's for those who lead. */
function RemoveComment({ comment }: { comment: Comment }) {
  const { t } = useTranslation('case')
  const { mayWork, again } = useCard()
  const me = useMe()
  const leads = useRight('lead')
  const restore = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/comments/{id}/restore', { params: { path: { id: comment.id }, header: { 'Idempotency-Key': newKey() } } })),
    onSettled: again,
    onError: tell.problem,
  })
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/comments/{id}', { params: { path: { id: comment.id } } })),
    onSuccess: () => tell.done(t(comment.kind === 'note' ? 'feed.noteRemoved' : 'feed.commentRemoved'), () => restore.mutate()),
    onSettled: again,
    onError: tell.problem,
  })
  if (!mayWork || (comment.author_id !== me?.id && !leads)) return null
  return (
    <ActionIcon variant="subtle" color="gray" size={32} loading={remove.isPending} onClick={() => remove.mutate()} aria-label={t(comment.kind === 'note' ? 'feed.removeNote' : 'feed.removeComment')}>
      <IconTrash size={16} aria-hidden />
    </ActionIcon>
  )
}

/** useCommentChange saves what the author of a comment has made of it; what it said before stays known. */
function useCommentChange(): (comment: Comment, text: string, before: string) => Promise<void> {
  const { ref, again } = useCard()
  const versionOf = (comment: Comment) => ({ data: comment, etag: `"${comment.version}"` })
  return (comment, text, before) =>
    merge(
      {
        current: () => versionOf(comment),
        read: async () => versionOf((await readComments(ref)).find((one) => one.id === comment.id) ?? comment),
        write: (body: { text: string }, etag) => versioned(api.PATCH('/api/v1/comments/{id}', { params: { path: { id: comment.id }, header: { 'If-Match': etag } }, body })),
        show: again,
      },
      { text },
      (one) => one.text,
      before,
    )
}

/** Earlier is what a comment said before its author changed it, when one asks for that. */
function Earlier({ comment }: { comment: Comment }) {
  const { t } = useTranslation('case')
  const [open, setOpen] = useState(false)
  const versions = useQuery({
    queryKey: ['comment-versions', comment.id, comment.version],
    queryFn: () => answer(api.GET('/api/v1/comments/{id}/versions', { params: { path: { id: comment.id } } })),
    enabled: open,
  })
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <Text component="summary" size="xs" c="dimmed" style={{ cursor: 'pointer' }}>
        {t('feed.earlierTexts')}
      </Text>
      {versions.isError && <Failure error={versions.error} onRetry={() => void versions.refetch()} />}
      {(versions.data?.items ?? []).map((version) => (
        <Text key={version.version} size="sm" c="dimmed" className="as-typed">
          {version.text}
        </Text>
      ))}
    </details>
  )
}
