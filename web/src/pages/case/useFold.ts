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
  /** There are older ones, not read yet, and nothing hinders reading them. */
  more: boolean
  read: () => void
  /** What the entries stand in, and what one writes with. */
  list: RefObject<HTMLDivElement | null>
  write: RefObject<HTMLDivElement | null>
}

interface Fold {
  shown: readonly Entry[]
  hidden: number
  /** Shows what is folded away, and leaves in its place what one looks at; or reads what is older. */
  unfold: () => void
  /** What a link has led to. */
  linked: string | undefined
}

/**
 * useFold keeps the oldest of a feed folded away, so that the newest are seen at once above where one writes: as many as fit. What one
 * has been told of and has not read is never folded, nor is what a link leads to; and what has been shown stays.
 */
export function useFold({ entries, folds, texts, more, read, list, write }: Asked): Fold {
  const settled = texts !== undefined
  const [from, setFrom] = useState<Entry>()
  const [open, setOpen] = useState(false)
  const linked = useLocation().hash.slice(1) || undefined
  const unread = useUnread()
  const places = useMemo(() => entries.map(placeOf), [entries])
  const at = placeIn(entries, from)
  const first = at >= 0 ? at : settled ? 0 : Math.max(0, entries.length - handful)
  const never = places.findIndex((place) => place === linked || unread.has(place))
  const start = open || !folds ? 0 : never >= 0 ? Math.min(first, never) : first
  const measures = folds && settled && !open && at < 0 && entries.length > 0
  // What shows does not go while one looks at it: not when its notice is read, nor when a link to it has left the address.
  if (folds && settled && !open && start < at) setFrom(entries[start])
  useLayoutEffect(() => {
    if (measures) setFrom(oldestOf(roomFor(list.current, write.current), entries)) // eslint-disable-line react-hooks/set-state-in-effect -- how high they are is known only once they are drawn
  }, [measures, entries, list, write])
  useOwn(entries.at(-1), folds && settled, texts, list, write)
  // While it is measured all are drawn: what one is led to would go out of sight when the oldest of them are folded away.
  useLinked(linked, settled && !measures ? places : [], start, more, read)
  const arrived = useArriving(entries)
  const unfold = () => {
    if (start === 0) {
      if (folds) setOpen(true) // or what is read would be folded at once
      arrived(entries[0]?.id)
      read()
      return
    }
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

/** placeIn is where an entry stands, or stood before it was taken away. */
function placeIn(entries: readonly Entry[], from: Entry | undefined): number {
  if (from === undefined) return -1
  const at = entries.findIndex((entry) => entry.id === from.id)
  return at >= 0 ? at : entries.findIndex((entry) => Date.parse(entry.at) >= Date.parse(from.at))
}

/** useArriving leaves the focus in the feed when the button that it stood on has gone with the last page: on the first of what has come. */
function useArriving(entries: readonly Entry[]): (oldest: string | undefined) => void {
  const oldest = useRef<string>(undefined)
  useLayoutEffect(() => {
    const before = entries[entries.findIndex((entry) => entry.id === oldest.current) - 1]
    if (before === undefined) return
    oldest.current = undefined
    if (document.activeElement === document.body) document.getElementById(placeOf(before))?.focus({ preventScroll: true })
  }, [entries])
  return (id) => {
    oldest.current = id
  }
}

/** useOwn brings into sight what one has just added oneself, for whoever looks at the newest and has the focus where one writes. */
function useOwn(last: Entry | undefined, may: boolean, texts: unknown, list: RefObject<HTMLDivElement | null>, write: RefObject<HTMLDivElement | null>) {
  const me = useMe()?.id
  const seen = useRef<string>(undefined)
  const own = useRef<string>(undefined)
  const id = last?.id
  const mine = last?.actor_id === me
  useLayoutEffect(() => {
    if (!may || id === undefined) return
    if (seen.current !== id) own.current = seen.current !== undefined && mine ? id : undefined
    seen.current = id
    const sticks = write.current
    const focus = document.activeElement
    if (own.current !== id || list.current === null || sticks === null || getComputedStyle(sticks).position !== 'sticky' || (focus !== document.body && !sticks.contains(focus))) return
    const [added, before] = [...list.current.querySelectorAll('article')].reverse().map((entry) => entry.getBoundingClientRect().bottom)
    const edge = sticks.getBoundingClientRect().top
    if (added !== undefined && added > edge && (before ?? 0) <= edge + 1) window.scrollBy(0, added - edge)
  }, [id, mine, may, texts, list, write])
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
  const asked = useRef(0)
  const count = places.length
  const known = count > 0
  useEffect(() => {
    if (linked === undefined || !/^(comment|entry)-/.test(linked) || led.current === linked || !known) return
    // What could not be read is not asked for again by itself, however often the rest is.
    if (index < 0 && more && asked.current !== count) {
      asked.current = count
      read()
    }
    if (index < start) return
    led.current = linked
    const entry = document.getElementById(linked)
    entry?.scrollIntoView({ block: 'center' })
    entry?.focus({ preventScroll: true })
  }, [linked, index, known, count, start, more, read])
}

/** The line that unfolds, with what is around it. */
const line = 44

/** least is how many show however little room there is: one alone says too little. */
const least = 3

/** oldestOf is the oldest entry that shows where so many fit. */
const oldestOf = (fit: number | undefined, entries: readonly Entry[]): Entry | undefined => entries[Math.max(0, entries.length - Math.max(least, fit ?? handful))]

/** roomFor is how many entries fit between where the feed begins and where one writes; unknown where that stands below all of them. */
function roomFor(list: HTMLElement | null, write: HTMLElement | null): number | undefined {
  if (list === null || write === null || getComputedStyle(write).position !== 'sticky') return undefined
  const top = list.getBoundingClientRect().top
  const entries = [...list.querySelectorAll('article')]
  const places = entries.map((entry) => entry.getBoundingClientRect().bottom - top)
  // The first that shows has the name of its day above it, of its own or of an older one.
  const day = entries[0]?.previousElementSibling
  const head = day == null ? 0 : (entries[0]?.getBoundingClientRect().top ?? 0) - day.getBoundingClientRect().top
  const heads = entries.map((entry) => (entry.previousElementSibling?.tagName === 'ARTICLE' ? head : 0))
  const begin = (list.parentElement ?? list).getBoundingClientRect().top // above the line, which may show already
  return fitting(places, window.innerHeight - (begin + window.scrollY) - write.offsetHeight - line, heads)
}
