import { useQuery } from '@tanstack/react-query'

import { answer, api } from './client'
import { keys } from './keys'

/** useNotices reads what one is told, the newest first. */
export function useNotices() {
  return useQuery({ queryKey: keys.notices, queryFn: () => answer(api.GET('/api/v1/me/notices', { params: { query: { limit: 50 } } })) })
}
