import { useQuery } from '@tanstack/react-query'

import { answer, api, type Schema } from '@/api/client'
import { useAttributes } from '@/api/directories'

export type Import = Schema<'Import'>
export type ImportRow = Schema<'ImportRow'>

/** Imports are kept below this key. */
export const importsKey = ['imports'] as const
export const importKey = (id: string) => [...importsKey, id] as const

/** useImport reads an import, again and again while it runs. */
export function useImport(id: string) {
  return useQuery({
    queryKey: importKey(id),
    queryFn: () => answer(api.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 1_000 : false),
    retry: false,
  })
}

/** A place that a column can go to. */
export interface Target {
  value: string
  /** Of an own attribute (R45): what it is called. The others have a text each. */
  name?: string
}

/** useTargets are the places that columns of a table can go to: those of the import, and own attributes. */
export function useTargets({ of, targets }: Pick<Import, 'of' | 'targets'>): Target[] {
  const attributes = useAttributes(of).filter((attribute) => !attribute.archived)
  return [...(targets ?? []).map((value) => ({ value })), ...attributes.map((attribute) => ({ value: `attribute:${attribute.key}`, name: attribute.name }))]
}
