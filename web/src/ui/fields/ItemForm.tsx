import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import type { ApiError } from '@/api/problem'
import { useToRefused } from '@/ui/useToRefused'

import { asked, isFilled, namesIn, type Facts, type Values } from './condition'
import { ItemField } from './ItemField'

type Item = Schema<'Item'>

export type { Values }

interface Props {
  items: readonly Item[]
  values: Values
  onChange: (values: Values) => void
  /** The refusal of what was sent last: what is wrong with a field stands beside it. */
  problem?: ApiError | undefined
  /** Whose interactions and contacts can be chosen. */
  clientID?: string | undefined
  /** Where files go; without it (the case is still to be made) none can be added. */
  caseID?: string | undefined
  autoFocus?: boolean
  /** Whether whoever is in no directory yet can be entered from its fields. */
  enters?: boolean
}

/**
 * ItemForm is the form of an outcome, or of a map's intake: the fields that the route map asks for, each by its type, those with a
 * condition only while it holds (R20, R32). Its values are in the API's shapes; what is sent is `filledIn(items, values, useFacts(…))`.
 */
export function ItemForm({ items, values, onChange, problem, clientID, caseID, autoFocus = false, enters = false }: Props) {
  // What was refused is where the eyes and the keys should be.
  const form = useToRefused<HTMLDivElement>(problem)
  const facts = useFacts(items, values, caseID)
  const shown = new Set(asked(items, facts).map((item) => item.field))
  return (
    <Stack gap="sm" ref={form}>
      {items.map((item, i) => {
        const error = problemOf(item, problem)
        // A condition may read what only the server knows: a field that it speaks of is asked for.
        if (!shown.has(item.field) && error === undefined) return null
        return (
          <ItemField
            key={item.field}
            item={item}
            value={values[item.field]}
            onChange={(value) => onChange({ ...values, [item.field]: value })}
            error={error}
            clientID={clientID}
            caseID={caseID}
            autoFocus={autoFocus && i === 0}
            enters={enters}
          />
        )
      })}
    </Stack>
  )
}

// Where a request has a place of its own for a field, and it is not called as the field is.
const places: Record<string, string> = { client: '/client_id', contact: '/contact_id', competitor: '/competitor_id' }

/** problemOf is what is wrong with a form's field, by the pointers of a refusal. */
function problemOf(item: Item, problem: ApiError | undefined): string | undefined {
  const own = places[item.field]
  return problem?.field(`/fields/${item.field}`) ?? problem?.field(own ?? `/${item.field}`)
}

/** speaksOf tells whether a refusal is shown beside the form's fields, in whole. */
export function speaksOf(items: readonly Item[], problem: ApiError): boolean {
  const errors = problem.problem.errors ?? []
  return errors.length > 0 && errors.every((e) => items.some((item) => e.pointer === `/fields/${item.field}` || e.pointer?.startsWith(`/fields/${item.field}/`) || e.pointer === (places[item.field] ?? `/${item.field}`)))
}

/** useFacts is what a form's conditions are evaluated over: the case's values, where they read such, and over them the form's own. */
export function useFacts(items: readonly Pick<Item, 'field' | 'type' | 'when'>[], values: Values, caseID: string | undefined): Facts {
  const own = new Set(items.map((item) => item.field))
  const reads = items.some((item) => item.when !== undefined && namesIn(item.when).some((name) => !own.has(name)))
  const known = useQuery({
    queryKey: [...keys.caseOf(caseID ?? ''), 'facts'],
    queryFn: () => answer(api.GET('/api/v1/cases/{id}', { params: { path: { id: caseID ?? '' } } })),
    enabled: caseID !== undefined && reads,
    select: (c) => c.fields,
  })
  const types = new Map(items.map((item) => [item.field, item.type]))
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => isFilled(value)))
  return { values: { ...known.data, ...given }, types, now: new Date() }
}

/** filledIn is what is sent of a form: what was filled in and is asked for as things are. */
export function filledIn(items: readonly Item[], values: Values, facts: Facts): Values {
  return Object.fromEntries(asked(items, facts).flatMap((item) => (isFilled(values[item.field]) ? [[item.field, values[item.field]] as const] : [])))
}
