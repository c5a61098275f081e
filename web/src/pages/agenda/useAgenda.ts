import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'

export type AgendaItem = Schema<'Agenda'>

/** What the calendar shows, in RFC 3339; without `from` what has been left lying comes too. */
export interface Span {
  from?: string
  to?: string
}

// More than anybody plans for one span; a longer agenda says that there is more.
const mostPages = 5

/** useAgenda is My affairs: one's planned interactions and appeals, in the order of time (R13). */
export function useAgenda(span: Span) {
  return useQuery({ queryKey: [...keys.agenda, span], queryFn: () => readAll(span), placeholderData: (before) => before })
}

async function readAll(span: Span): Promise<{ items: AgendaItem[]; more: boolean }> {
  const items: AgendaItem[] = []
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const list = await answer(api.GET('/api/v1/agenda', { params: { query: { ...span, limit: 200, ...(after === undefined ? {} : { after }) } } }))
    items.push(...(list.items ?? []))
    after = list.next
    if (after === undefined) return { items, more: false }
  }
  return { items, more: true }
}

/** useNow is the time, to the minute: what falls due while one looks becomes overdue. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(clock)
  }, [])
  return now
}
