import { useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { flushSync } from 'react-dom'
import { useLocation } from 'react-router'

import type { Schema } from '@/api/client'
import { useNotices } from '@/api/notices'
import { useMe } from '@/app/session'
import { fitting, handful } from '@/ui/feed/fitting'

type Entry = Schema<'Feed'>

/** placeOf is what a link to an entry names: a comment by its own id, which notices know. */
export const placeOf = ({ id, kind, data }: Entry): string => ((kind === 'comment' || kind === 'note') && typeof data.comment_id === 'string' ? `comment-${data.comment_id}` : `entry-${id}`)

interface Asked {
  /** From the oldest on. */
  entries: readonly Entry[]
  /** May anything be folded away: not what a filter has found, and not where the newest come first. */
  folds: boolean
  /** The texts that the entries' heights depend on; missing: not there yet. */
  texts: unknown
  /** There are older ones, not read yet. */
  more: boolean
  read: () => void
  /** What the entries stand in, and what one writes with. */
  list: RefObject<HTMLDivElement | null>
  write: RefObject<HTMLDivElement | null>
}

interface Fold {
  shown: readonly Entry[]
  hidden: number
  /** Shows what is folded away, and leaves in its place what one looks at. */
  unfold: () => void
  /** What a link has led to. */
  linked: string | undefined
}

/**
 * useFold keeps the oldest of a feed folded away, so that the newest are seen at once above where one writes: as many as fit. What one
 * has been told of and has not read is never folded, nor is what a link leads to.
 */
export function useFold({ entries, folds, texts, more, read, list, write }: Asked): Fold {
  const settled = texts !== undefined
  const me = useMe()?.id
  const [from, setFrom] = useState<string>()
  const [open, setOpen] = useState(false)
  const linked = useLocation().hash.slice(1) || undefined
  const unread = useUnread()
  const places = useMemo(() => entries.map(placeOf), [entries])
  const at = entries.findIndex((entry) => entry.id === from)
  const first = at >= 0 ? at : settled ? 0 : Math.max(0, entries.length - handful)
  const never = places.findIndex((place) => place === linked || unread.has(place))
  const start = open || !folds ? 0 : never >= 0 ? Math.min(first, never) : first
  const measures = folds && settled && !open && at < 0 && entries.length > 0
  // What one adds oneself is in sight, too, for whoever looks at the newest.
  const mine = folds && !open && at >= 0 && entries.at(-1)?.actor_id === me
  useLayoutEffect(() => {
    if (!measures && (!mine || window.scrollY > 0 || list.current?.contains(document.activeElement) === true)) return
    setFrom(oldestOf(roomFor(list.current, write.current), entries, measures ? undefined : at)) // eslint-disable-line react-hooks/set-state-in-effect -- how high they are is known only once they are drawn
  }, [measures, mine, entries, at, texts, list, write])
  useLinked(linked, settled ? places : [], start, more, read)
  const unfold = () => {
    const all = () => [...(list.current?.querySelectorAll<HTMLElement>('article') ?? [])]
    const [top] = all()
    const was = top?.getBoundingClientRect().top ?? 0
    flushSync(() => setOpen(true))
    if (top === undefined) return
    window.scrollBy(0, top.getBoundingClientRect().top - was)
    const before = all()
    before[before.indexOf(top) - 1]?.focus({ preventScroll: true })
  }
  return { shown: entries.slice(start), hidden: start, unfold, linked }
}

/** useUnread are the places of what one is told of in the bell and has not read. */
function useUnread(): ReadonlySet<string> {
  const notices = useNotices().data?.items
  return useMemo(() => new Set((notices ?? []).flatMap((notice) => (notice.read_at === undefined && notice.comment_id !== undefined ? [`comment-${notice.comment_id}`] : []))), [notices])
}

/** useLinked leads to the entry that the address names, however far back it is. */
function useLinked(linked: string | undefined, places: readonly string[], start: number, more: boolean, read: () => void) {
  const led = useRef<string>(undefined)
  const index = linked === undefined ? -1 : places.indexOf(linked)
  const known = places.length > 0
  useEffect(() => {
    if (linked === undefined || !/^(comment|entry)-/.test(linked) || led.current === linked || !known) return
    if (index < 0 && more) read()
    if (index < start) return
    led.current = linked
    const entry = document.getElementById(linked)
    entry?.scrollIntoView({ block: 'center' })
    entry?.focus({ preventScroll: true })
  }, [linked, index, known, start, more, read])
}

/** The line that unfolds, with what is around it. */
const line = 44

/** oldestOf is the id of the oldest entry that shows where so many fit; after what shows already, if anything does. */
function oldestOf(fit: number | undefined, entries: readonly Entry[], already: number | undefined): string | undefined {
  const count = fit ?? (already === undefined ? handful : entries.length)
  return entries[Math.max(already ?? 0, entries.length - count)]?.id
}

/** roomFor is how many entries fit between where the feed begins and where one writes; unknown where that stands below all of them. */
function roomFor(list: HTMLElement | null, write: HTMLElement | null): number | undefined {
  if (list === null || write === null || getComputedStyle(write).position !== 'sticky') return undefined
  const top = list.getBoundingClientRect().top
  const places = [...list.querySelectorAll('article')].map((entry) => entry.getBoundingClientRect().bottom - top)
  return fitting(places, window.innerHeight - (top + window.scrollY) - write.offsetHeight - line)
}
