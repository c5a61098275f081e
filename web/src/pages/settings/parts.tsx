import { Autocomplete, Group, Select, Skeleton, Stack, Table, Text, TextInput, VisuallyHidden } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import type { ApiError } from '@/api/problem'
import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'

import classes from './settings.module.css'

/** A name in the two languages, as it is typed. */
export type Names = Schema<'Text'>

export const noNames: Names = { ru: '', en: '' }

/** namesSent is a name as it is sent: a language left empty is not in it. */
export function namesSent(names: Names): Schema<'TextBody'> {
  return { ...(names.ru.trim() === '' ? {} : { ru: names.ru.trim() }), ...(names.en.trim() === '' ? {} : { en: names.en.trim() }) }
}

/** useNameOf picks a name's language: the user's, or the other where there is none. */
export function useNameOf(): (names: Names) => string {
  const { i18n } = useTranslation()
  return (names) => (i18n.language === 'en' ? names.en || names.ru : names.ru || names.en)
}

interface NamesProps {
  value: Names
  onChange: (names: Names) => void
  problem: ApiError | undefined
  pointer?: string
  focus?: boolean
  /** One language is not enough. */
  both?: boolean
}

/** NamesInput asks for a name in both languages; mostly one is enough. */
export function NamesInput({ value, onChange, problem, pointer = '/name', focus = false, both = false }: NamesProps) {
  const { t } = useTranslation('settings')
  const en = problem?.field(`${pointer}/en`)
  // What is said of the whole name stands at the first field; what is said of one language, at its own.
  const ru = problem?.field(`${pointer}/ru`) ?? (en === undefined ? problem?.field(pointer) : undefined)
  return (
    <Group grow align="flex-start">
      <TextInput label={t('name.ru')} withAsterisk data-autofocus={focus || undefined} maxLength={200} value={value.ru} error={ru} onChange={(event) => onChange({ ...value, ru: event.currentTarget.value })} />
      <TextInput label={t('name.en')} withAsterisk={both} maxLength={200} value={value.en} error={en} onChange={(event) => onChange({ ...value, en: event.currentTarget.value })} />
    </Group>
  )
}

interface KeyProps {
  value: string
  onChange: (key: string) => void
  error: string | undefined
}

/** KeyInput asks for what route maps and the API call a record; it stays for good. */
export function KeyInput({ value, onChange, error }: KeyProps) {
  const { t } = useTranslation('settings')
  return <TextInput label={t('key.label')} description={t('key.text')} withAsterisk maxLength={63} autoComplete="off" spellCheck={false} value={value} error={error} onChange={(event) => onChange(event.currentTarget.value.trim())} />
}

/** keySent is a key as it stands in a path, where nothing at all would name the list it belongs to. */
export const keySent = (key: string): string => key || ' '

interface ZoneProps {
  label: string
  value: string
  onChange: (zone: string) => void
  error: ReactNode
  description?: string
  required?: boolean
}

/** ZoneInput asks for a time zone of the IANA database; those the browser knows are offered. */
export function ZoneInput({ label, value, onChange, error, description, required = false }: ZoneProps) {
  const zones = useMemo(() => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')], [])
  return <Autocomplete role="combobox" label={label} data={zones} limit={50} withAsterisk={required} description={description} autoComplete="off" spellCheck={false} value={value} error={error} onChange={onChange} comboboxProps={{ withinPortal: true }} />
}

// No id is this.
const nothing = '-'

export interface ChoiceProps {
  label: string
  /** What it is when nothing is chosen. */
  none: string
  description?: string
  value: string | null
  onChange: (id: string | null) => void
  error: string | undefined
  data: { value: string; label: string }[]
}

/** Choice is a field to choose a record from, or none. */
export function Choice({ none, value, onChange, data, ...props }: ChoiceProps) {
  const { t } = useTranslation()
  return <Select searchable allowDeselect={false} nothingFoundMessage={t('list.nothing')} value={value ?? nothing} onChange={(id) => onChange(id === nothing ? null : id)} data={[{ value: nothing, label: none }, ...data]} {...props} />
}

/** useSure asks before something is done that is not easily taken back. */
export function useSure(): (question: { title: string; text?: ReactNode; yes: string; onYes: () => void }) => void {
  const { t } = useTranslation()
  return ({ title, text, yes, onYes }) =>
    askFirst({
      title,
      children: text === undefined ? undefined : <Text size="sm">{text}</Text>,
      labels: { cancel: t('cancel'), confirm: yes },
      confirmProps: { color: 'red' },
      closeButtonProps: { 'aria-label': t('close') },
      onConfirm: onYes,
    })
}

/** A column of Rows; `wide` leaves it out where the page is narrow. */
export interface Column<T> {
  key: string
  head: string
  wide?: boolean
  /** The head is for those who do not see the page. */
  quiet?: boolean
  cell: (item: T) => ReactNode
}

interface RowsProps<T> {
  label: string
  items: T[]
  columns: Column<T>[]
  idOf: (item: T) => string
  empty: ReactNode
  off?: (item: T) => boolean
}

/** Rows is a table of settings: short lists that are read whole. What is out of use is pale. */
export function Rows<T>({ label, items, columns, idOf, empty, off }: RowsProps<T>) {
  if (items.length === 0) return <div className="panel">{empty}</div>
  return (
    <div className="panel">
      <Table aria-label={label} verticalSpacing={6} highlightOnHover className={classes.rows ?? ''}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.key} className={column.wide ? (classes.wide ?? '') : ''}>
                {column.quiet ? <VisuallyHidden>{column.head}</VisuallyHidden> : column.head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={idOf(item)} data-off={off?.(item) || undefined}>
              {columns.map((column) => (
                <Table.Td key={column.key} className={column.wide ? (classes.wide ?? '') : ''}>
                  {column.cell(item)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** Loaded shows what was read, or that it is being read, or why it was not. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { t } = useTranslation()
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  return (
    <Stack gap={8} role="status" aria-label={t('loading')}>
      {Array.from({ length: 6 }, (_, i) => (
        <Skeleton key={i} height={40} radius="md" />
      ))}
    </Stack>
  )
}
