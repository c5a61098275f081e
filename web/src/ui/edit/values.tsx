import { Anchor, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useDepartments, useReference, useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'

export type FieldItem = Pick<Schema<'Item'>, 'field' | 'type' | 'name' | 'options' | 'currency' | 'required' | 'negative'>

/** A line of a demand: what is asked for, how much of it, at which price. */
export interface DemandLine {
  name: string
  quantity?: string
  unit?: string
  price?: string
}

/** linesOf are the lines of a value of the type lines. */
export function linesOf(value: unknown): DemandLine[] {
  return Array.isArray(value) ? (value as DemandLine[]) : []
}

/** sentLines leaves out of a demand what was not filled in; of other values nothing. */
export function sentLines(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const lines = linesOf(value).filter((line) => line.name.trim() !== '')
  return lines.length === 0 ? null : lines
}

/** textOf is a value that is kept as text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** isGiven tells whether a field has a value. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

const lists = { loss_reason: 'loss_reason', claim_reason: 'claim_reason', channel: 'channel', purpose: 'purpose' } as const

/** listOf is the reference list that a type's values are of. */
export function listOf(type: string): keyof typeof lists | undefined {
  return type in lists ? (type as keyof typeof lists) : undefined
}

/** FieldValue shows a value of a route map's field as people read it. */
export function FieldValue({ item, value, currency }: { item: FieldItem; value: unknown; currency?: string | undefined }): ReactNode {
  const format = useFormat()
  const { t } = useTranslation()
  const userName = useUserName()
  const departments = useDepartments()
  const list = listOf(item.type)
  if (!isGiven(value)) return null
  if (list !== undefined) return <Listed list={list} value={textOf(value)} />
  switch (item.type) {
    case 'money':
      return format.money(textOf(value), item.field === 'potential' ? (currency ?? item.currency) : item.currency)
    case 'number':
      return format.number(textOf(value))
    case 'percent':
      return format.percent(Number(textOf(value)) / 100)
    case 'date':
      return format.calendarDate(textOf(value))
    case 'datetime':
      return format.full(textOf(value))
    case 'flag':
      return value === true ? t('yes') : t('no')
    case 'choice':
      return item.options?.find((option) => option.id === value)?.name ?? textOf(value)
    case 'user':
      return userName(textOf(value))
    case 'department':
      return departments.find((d) => d.id === value)?.name ?? ''
    case 'client':
    case 'competitor':
      return <ClientName id={textOf(value)} />
    case 'contact':
      return <ContactName id={textOf(value)} />
    case 'file':
      return <FileLink id={textOf(value)} />
    case 'lines':
      return <Lines lines={linesOf(value)} currency={currency ?? item.currency} />
    default:
      return <span className="as-typed">{textOf(value)}</span>
  }
}

function Listed({ list, value }: { list: keyof typeof lists; value: string }) {
  return useReference(list).find((one) => one.key === value)?.name ?? value
}

/** ClientName is a client's name, which leads to his card. */
export function ClientName({ id }: { id: string }) {
  const { t } = useTranslation('edit')
  const { data, isError } = useQuery({ queryKey: [...keys.client(id), 'card'], queryFn: () => answer(api.GET('/api/v1/clients/{id}', { params: { path: { id } } })), staleTime: 60_000 })
  return (
    <Anchor component={Link} to={`/clients/${id}`} inherit>
      {data?.name ?? (isError ? t('unread') : '…')}
    </Anchor>
  )
}

/** ContactName is a contact's name, which leads to his card. */
export function ContactName({ id }: { id: string }) {
  const { t } = useTranslation('edit')
  const { data, isError } = useQuery({ queryKey: [...keys.contact(id), 'card'], queryFn: () => answer(api.GET('/api/v1/contacts/{id}', { params: { path: { id } } })), staleTime: 60_000 })
  return (
    <Anchor component={Link} to={`/contacts/${id}`} inherit>
      {data?.name ?? (isError ? t('unread') : '…')}
    </Anchor>
  )
}

function FileLink({ id }: { id: string }) {
  const { t } = useTranslation('edit')
  return (
    <Anchor href={`/api/v1/files/${id}`} inherit download>
      {t('file')}
    </Anchor>
  )
}

function Lines({ lines, currency }: { lines: DemandLine[]; currency: string | undefined }) {
  const format = useFormat()
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {lines.map((line, i) => (
        <li key={i}>
          <Text size="sm" span style={{ overflowWrap: 'anywhere' }}>
            {line.name}
          </Text>{' '}
          <Text size="sm" c="dimmed" span>
            {format.number(line.quantity ?? '1')} {line.unit}
            {line.price !== undefined && line.price !== '' && ` × ${format.money(line.price, currency)}`}
          </Text>
        </li>
      ))}
    </Stack>
  )
}
