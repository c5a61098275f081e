import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'

export type Template = Schema<'Template'>
export type Lang = Template['lang']
export type Channel = Template['channel']

export const langs = ['ru', 'en'] as const

/** Draft is a text as it is being written. */
export interface Draft {
  subject: string
  text: string
  html: string
}

/** The parts of a text, as the API points at them. */
export type Part = keyof Draft

export const emptyDraft: Draft = { subject: '', text: '', html: '' }

/** draftOf is a stored text as one begins to change it. */
export const draftOf = (template: Pick<Template, 'subject' | 'text' | 'html'> | undefined): Draft => ({ subject: template?.subject ?? '', text: template?.text ?? '', html: template?.html ?? '' })

export const sameDraft = (a: Draft, b: Draft): boolean => a.subject === b.subject && a.text === b.text && a.html === b.html

/** bodyOf is a draft as the API takes it; an SMS is its text alone. */
export function bodyOf(draft: Draft, lang: Lang, channel: Channel): Schema<'TemplateBody'> {
  if (channel === 'sms') return { lang, channel, text: draft.text }
  return { lang, channel, subject: draft.subject, text: draft.text, ...(draft.html === '' ? {} : { html: draft.html }) }
}

/** useTemplates is every template in every language. */
export function useTemplates() {
  return useQuery({ queryKey: keys.templates, queryFn: () => answer(api.GET('/api/v1/templates')) })
}

const keyOf = (key: string) => [...keys.templates, key] as const
const read = (key: string) => answer(api.GET('/api/v1/templates/{key}', { params: { path: { key } } }))

/** useTemplate is one template in its languages. */
export function useTemplate(key: string) {
  return useQuery({ queryKey: keyOf(key), queryFn: () => read(key), retry: false })
}

/** useStored puts what has just been stored in the place of what was read before. */
export function useStored(key: string): (text: Template) => void {
  const queries = useQueryClient()
  return useCallback(
    (text) => {
      queries.setQueryData<{ items: Template[] | null }>(keyOf(key), (before) => ({ ...before, items: [...(before?.items ?? []).filter((one) => one.lang !== text.lang), text] }))
      void queries.invalidateQueries({ queryKey: keys.templates })
    },
    [queries, key],
  )
}

/** useFresh reads a template again: after it was deleted, and when somebody else has changed it. A text that is not there any more is none; what cannot be read is thrown. */
export function useFresh(key: string): (lang: Lang) => Promise<Template | undefined> {
  const queries = useQueryClient()
  return useCallback(
    async (lang) => {
      await queries.invalidateQueries({ queryKey: keys.templates, exact: true })
      try {
        const fresh = await queries.fetchQuery({ queryKey: keyOf(key), queryFn: () => read(key), staleTime: 0 })
        return fresh.items?.find((one) => one.lang === lang)
      } catch (error) {
        if (asApiError(error).status === 404) return undefined
        throw error
      }
    },
    [queries, key],
  )
}

/** useVariables is what a text may show. */
export function useVariables(key: string): Schema<'TemplateVariable'>[] {
  const { data } = useQuery({ queryKey: [...keys.templates, key, 'variables'], queryFn: () => answer(api.GET('/api/v1/templates/{key}/variables', { params: { path: { key } } })), staleTime: 60_000 })
  return data?.items ?? []
}
