import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, hold, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import type { Live } from '@/api/live'
import { asApiError } from '@/api/problem'
import { setLang } from '@/i18n/i18n'
import { anythingKept, keptFor } from '@/ui/edit/kept'
import { askFirst } from '@/ui/questions'
import { leaveFor } from '@/ui/windows'

export type Me = Schema<'Profile'>
export type Right = 'work' | 'lead' | 'design' | 'administer' | 'settings' | 'report' | 'export' | 'audit'

export const MeContext = createContext<Me | undefined>(undefined)

/** LiveContext has what keeps the pages true. */
export const LiveContext = createContext<Live | undefined>(undefined)

/** useMe is who is signed in; undefined only before that. */
export const useMe = (): Me | undefined => useContext(MeContext)

/** useRight tells whether one's roles give a right: what the server would refuse is not offered. */
export function useRight(right: Right): boolean {
  return useMe()?.rights?.includes(right) ?? false
}

/** useProfile asks who is signed in. */
export function useProfile() {
  return useQuery({
    queryKey: keys.me,
    queryFn: async () => {
      const me = await answer(api.GET('/api/v1/me'))
      keptFor(me.id)
      await setLang(me.lang)
      return me
    },
    retry: false,
    staleTime: Infinity,
  })
}

/** useBlocks says which blocks the company keeps (R22). */
export function useBlocks(): Schema<'Blocks'> {
  const { data } = useQuery({ queryKey: keys.settings, queryFn: () => answer(api.GET('/api/v1/settings')), staleTime: 60_000 })
  return data?.blocks ?? { interactions: true, deals: true, claims: true }
}

const kinds = ['appeal', 'interest', 'deal', 'claim'] as const

/** useKinds are the kinds of case that the company's blocks leave (R22). */
export function useKinds(): (typeof kinds)[number][] {
  const blocks = useBlocks()
  return kinds.filter((kind) => (kind !== 'deal' || blocks.deals) && (kind !== 'claim' || blocks.claims))
}

const longestRest = 1_000

/** rested is when nothing is being read any more, or after a second. */
const rested = (queries: QueryClient): Promise<void> =>
  new Promise((done) => {
    const over = () => {
      clearTimeout(timer)
      forget()
      done()
    }
    const timer = setTimeout(over, longestRest)
    const forget = queries.getQueryCache().subscribe(() => queries.isFetching() === 0 && over())
    if (queries.isFetching() === 0) over()
  })

/** useSignOut ends the session, here and at the provider, and forgets everything that was read; what was typed and not saved is asked about first. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  const live = useContext(LiveContext)
  const { t } = useTranslation()
  const signOut = useCallback(async () => {
    // Where the provider ends its own session is of use only when it is known: without it one signs out all the same.
    const ways = await answer(api.GET('/api/v1/sessions/ways')).catch(() => undefined)
    // What is still read then would be refused.
    live?.stop()
    await rested(queries)
    // What one more part of the page begins to read now, too.
    const goOn = hold()
    await answer(api.DELETE('/api/v1/sessions/current')).catch((error: unknown) => {
      if (asApiError(error).status === 401) return // has ended already
      goOn()
      live?.start()
      throw error
    })
    queries.clear()
    keptFor()
    leaveFor(ways?.oidc_sign_out ?? '/sign-in')
  }, [queries, live])
  return useCallback(() => {
    if (!anythingKept()) return signOut()
    return new Promise<void>((over, failed) =>
      askFirst({
        title: t('own.lose'), children: t('own.loseText'), labels: { cancel: t('own.stay'), confirm: t('own.signOut') }, confirmProps: { color: 'red' }, withCloseButton: false, onCancel: over, onConfirm: () => void signOut().then(over, failed),
      }),
    )
  }, [signOut, t])
}
