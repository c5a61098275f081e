import { useQueryClient } from '@tanstack/react-query'

import { api, versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { setLang, type Lang } from '@/i18n/i18n'
import { tell } from '@/ui/tell'

/** useChangeLang changes the language of the page and of the letters one gets; names of stages come in it from then on. */
export function useChangeLang(): (lang: Lang) => Promise<void> {
  const queries = useQueryClient()
  return async (lang) => {
    try {
      const me = await versioned(api.GET('/api/v1/me'))
      const changed = await versioned(api.PATCH('/api/v1/me', { params: { header: { 'If-Match': me.etag } }, body: { lang } }))
      queries.setQueryData(keys.me, changed.data)
      await setLang(lang)
      await queries.invalidateQueries()
    } catch (error) {
      tell.problem(error)
    }
  }
}
