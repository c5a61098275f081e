import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import { api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { useMe, type Me } from '@/app/session'
import { merge } from '@/ui/edit/merge'
import type { Recording } from '@/ui/edit/useRecordForm'

export type MePatch = Schema<'PatchMeInputBody'>

const read = () => versioned(api.GET('/api/v1/me'))
const write = (patch: MePatch, etag: string) => versioned(api.PATCH('/api/v1/me', { params: { header: { 'If-Match': etag } }, body: patch }))

/** useOwn is one's own profile; pages are shown to those signed in only. */
export function useOwn(): Me {
  const me = useMe()
  if (me === undefined) throw new Error('nobody is signed in')
  return me
}

/** useOwnRecord is one's own profile as what a form is over: what it shows of the profile, and what it sends of what is typed. */
export function useOwnRecord<D>(of: (me: Me) => D, patch: (draft: D, fields: (keyof D & string)[]) => MePatch): Pick<Recording<D>, 'start' | 'follows' | 'read' | 'write'> {
  const queries = useQueryClient()
  const shownNow = ({ data, etag }: Versioned<Me>) => {
    queries.setQueryData(keys.me, data)
    return { data: of(data), etag }
  }
  return {
    start: of(useOwn()),
    follows: true,
    read: async () => shownNow(await read()),
    write: async (draft, etag, fields) => shownNow(await write(patch(draft, fields), etag ?? '*')),
  }
}

/** useChangeMe saves fields of one's own profile, beside what was changed elsewhere meanwhile; a Conflict when it was one of these. */
export function useChangeMe(): (patch: MePatch, before: Me) => Promise<void> {
  const queries = useQueryClient()
  return useCallback(
    async (patch, before) => {
      let known: Versioned<Me> = await read()
      const names = (Object.keys(patch) as (keyof MePatch)[]).filter((name) => name !== 'password' && name !== 'old_password')
      const fields = (me: Me) => names.map((name) => (me as Partial<MePatch>)[name] ?? null)
      await merge(
        {
          current: () => known,
          read,
          write,
          show: (record) => {
            known = record
            queries.setQueryData(keys.me, record.data)
          },
        },
        patch,
        fields,
        fields(before),
      )
    },
    [queries],
  )
}
