import type { CaseKind } from '@/ui/bits'

import type { Filter } from './asked'

/** What all reports are narrowed by. */
export interface Common {
  from?: string
  to?: string
  responsible?: string
  department?: string
  kind?: CaseKind
  source?: string
  channel?: string
}

/** commonOf is what narrows any report, as the API takes it. */
export function commonOf({ from, to, responsible, department, kind, source, channel }: Filter): Common {
  return { from, to, responsible, department, kind: oneOf(kind, ['appeal', 'deal', 'interest', 'claim']), source, channel }
}

/** oneOf is a value of the address if it is one of those that there are. */
export function oneOf<T extends string>(value: string | undefined, options: readonly T[]): T | undefined {
  return options.find((option) => option === value)
}

/** The API's word for rows that have no value. */
export const notKnown = '-'
