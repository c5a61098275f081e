import type { CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useMaps } from '@/api/maps'
import { useRoles, useUsers } from '@/api/people'
import { offersAt, type Known } from '@/ui/code/mapOffers'
import type { Format } from '@/ui/code/mapSchema'

// One format: what other editors are given, too.
const format = () => import('../../../../docs/route-map.schema.json').then((module) => module.default as unknown as Format)

/** useCompletion offers what can stand at a place of a map: keys and words of its format, what the map names, and what the company has. */
export function useCompletion(): CompletionSource {
  const { maps } = useMaps()
  const users = useUsers()
  const roles = useRoles()
  const templates = useQuery({ queryKey: keys.templates, queryFn: () => answer(api.GET('/api/v1/templates')) }).data?.items
  return useMemo(() => {
    const known: Known = {
      maps: maps.map(({ id, name }) => ({ label: id, detail: name })),
      roles: roles.map(({ key, name }) => ({ label: key, detail: name })),
      templates: [...new Set((templates ?? []).map(({ key }) => key))].map((label) => ({ label })),
      users: users.filter((user) => user.active).map(({ login, name }) => ({ label: login, detail: name })),
    }
    return async (context) => offered(context, await format(), known)
  }, [maps, users, roles, templates])
}

function offered(context: CompletionContext, map: Format, known: Known): CompletionResult | null {
  const { word, kind, offers } = offersAt(map, context.state.doc.toString(), context.pos, known)
  // Without a letter only what is asked for, and what a value can be.
  if (offers.length === 0 || (word === '' && kind === 'key' && !context.explicit)) return null
  const colon = kind === 'key' && !/^\s*:/.test(context.state.sliceDoc(context.pos, context.pos + 2))
  return {
    from: context.pos - word.length,
    options: offers.map(({ label, detail }) => ({ label, apply: colon ? `${label}: ` : label, ...(detail === undefined ? {} : { detail }) })),
    validFor: /^[\p{L}\d_.-]*$/u,
  }
}
