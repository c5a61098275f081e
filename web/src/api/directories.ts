import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from './client'
import { keys } from './keys'

/** An entry of a directory in the user's language. Archived ones are shown where they are, and not offered. */
export interface Entry {
  key: string
  name: string
  archived: boolean
}

const seldom = 5 * 60_000
const none: never[] = []

/** useRegions is where clients may be (R8). */
export function useRegions(): Entry[] {
  const { data } = useQuery({ queryKey: keys.regions, queryFn: () => answer(api.GET('/api/v1/regions')), staleTime: seldom })
  return useNamed(data?.items ?? none)
}

/** useSources is where clients may come from. */
export function useSources(): Entry[] {
  const { data } = useQuery({ queryKey: keys.sources, queryFn: () => answer(api.GET('/api/v1/acquisition-sources')), staleTime: seldom })
  return useNamed(data?.items ?? none)
}

function useNamed(items: (Schema<'Region'> | Schema<'Source'>)[]): Entry[] {
  const { i18n } = useTranslation()
  return items.map((item) => ({ key: item.key, name: i18n.language === 'en' ? item.name.en : item.name.ru, archived: item.archived ?? false }))
}

/** useAttributes is the own attributes of a kind of record (R45), archived ones too. */
export function useAttributes(subject: Schema<'Attribute'>['subject']): Schema<'Attribute'>[] {
  const { data } = useQuery({ queryKey: keys.attributes, queryFn: () => answer(api.GET('/api/v1/attributes')), staleTime: 60_000 })
  return (data?.items ?? none).filter((attribute) => attribute.subject === subject)
}
