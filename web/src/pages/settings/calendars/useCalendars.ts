import { useQuery } from '@tanstack/react-query'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'

export type Calendar = Schema<'Calendar'>

/** useCalendars reads the business calendars in force, shipped ones and the company's own (R43). */
export function useCalendars() {
  return useQuery({ queryKey: keys.calendars, queryFn: async () => (await answer(api.GET('/api/v1/calendars'))).items ?? [] })
}
