import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useReference } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { fromInput, toInput } from '@/i18n/zoned'
import { ClientPicker, ContactPicker, DepartmentPicker, UserPicker } from '@/ui/pickers'

import { linesOf, listOf, textOf, type DemandLine, type FieldItem } from './values'

interface Props {
  item: FieldItem
  value: unknown
  onChange: (value: unknown) => void
  error?: string | undefined
  /** Without its label to be seen, where it stands beside the field. */
  bare?: boolean
  clientID?: string | undefined
  caseRef?: string | undefined
}

/** FieldInput asks for a value of a route map's field: each type in the way that suits it. An emptied one is null. */
export function FieldInput({ item, value, onChange, error, bare = false, clientID, caseRef }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const list = listOf(item.type)
  const named = bare ? { 'aria-label': item.name } : { label: item.name, withAsterisk: item.required }
  const picker = { label: bare ? undefined : item.name, 'aria-label': item.name, value: textOf(value) || null, onChange, error }
  if (list !== undefined) return <ListInput list={list} named={named} value={textOf(value)} onChange={onChange} error={error} />
  switch (item.type) {
    case 'long_text':
      return <Textarea {...named} autosize minRows={3} maxRows={14} value={textOf(value)} error={error} onChange={(e) => onChange(e.currentTarget.value || null)} />
    case 'money':
    case 'number':
    case 'percent':
      return (
        <TextInput
          {...named}
          inputMode="decimal"
          value={textOf(value)}
          error={error}
          rightSection={item.type === 'percent' ? '%' : undefined}
          onChange={(e) => onChange(e.currentTarget.value.replaceAll(/[\s ]/g, '').replace(',', '.') || null)}
        />
      )
    case 'date':
      return <TextInput {...named} type="date" value={textOf(value)} error={error} onChange={(e) => onChange(e.currentTarget.value || null)} />
    case 'datetime':
      return (
        <TextInput
          {...named}
          type="datetime-local"
          value={textOf(value) === '' ? '' : toInput(textOf(value), format.timeZone)}
          error={error}
          onChange={(e) => onChange(e.currentTarget.value === '' ? null : fromInput(e.currentTarget.value, format.timeZone))}
        />
      )
    case 'flag':
      return <Checkbox label={item.name} checked={value === true} error={error} onChange={(e) => onChange(e.currentTarget.checked)} />
    case 'choice':
      return (
        <Select
          {...named}
          data={(item.options ?? []).map((option) => ({ value: option.id, label: option.name }))}
          value={textOf(value) || null}
          error={error}
          clearable={!item.required}
          clearButtonProps={{ 'aria-label': t('clear') }}
          onChange={onChange}
        />
      )
    case 'user':
      return <UserPicker {...picker} />
    case 'department':
      return <DepartmentPicker {...picker} />
    case 'client':
    case 'competitor':
      return <ClientPicker {...picker} label={item.name} />
    case 'contact':
      return <ContactPicker {...picker} label={item.name} {...(clientID === undefined ? {} : { client: clientID })} />
    case 'file':
      return <FileChoice named={named} caseRef={caseRef} value={textOf(value)} onChange={onChange} error={error} />
    case 'lines':
      return <LinesInput name={item.name} lines={linesOf(value)} onChange={onChange} error={error} />
    default:
      return <TextInput {...named} value={textOf(value)} error={error} onChange={(e) => onChange(e.currentTarget.value || null)} />
  }
}

type Named = { 'aria-label': string } | { label: string; withAsterisk: boolean }

function ListInput({ list, named, value, onChange, error }: { list: 'loss_reason' | 'claim_reason' | 'channel' | 'purpose'; named: Named; value: string; onChange: (value: string | null) => void; error: string | undefined }) {
  const { t } = useTranslation()
  const items = useReference(list).filter((one) => one.active || one.key === value)
  return <Select {...named} data={items.map((one) => ({ value: one.key, label: one.name }))} value={value || null} error={error} clearable clearButtonProps={{ 'aria-label': t('clear') }} onChange={onChange} />
}

/** FileChoice chooses one of the case's files. */
function FileChoice({ named, caseRef, value, onChange, error }: { named: Named; caseRef: string | undefined; value: string; onChange: (value: string | null) => void; error: string | undefined }) {
  const { t } = useTranslation('edit')
  const files = useQuery({
    queryKey: [...keys.caseOf(caseRef ?? ''), 'files'],
    queryFn: () => answer(api.GET('/api/v1/cases/{id}/files', { params: { path: { id: caseRef ?? '' } } })),
    enabled: caseRef !== undefined,
  })
  const there = (files.data?.items ?? []).map((file) => ({ value: file.id, label: file.name }))
  return <Select {...named} data={there} value={value || null} error={error} placeholder={t('chooseFile')} nothingFoundMessage={t('noFiles')} onChange={onChange} />
}

function LinesInput({ name, lines, onChange, error }: { name: string; lines: DemandLine[]; onChange: (value: unknown) => void; error: string | undefined }) {
  const { t } = useTranslation('edit')
  const rows = lines.length === 0 ? [{ name: '', quantity: '1' }] : lines
  const set = (at: number, change: Partial<DemandLine>) => onChange(rows.map((row, i) => (i === at ? { ...row, ...change } : row)))
  const decimal = (text: string) => text.replaceAll(/[\s ]/g, '').replace(',', '.')
  return (
    <Stack gap={6} role="group" aria-label={name}>
      {rows.map((row, i) => (
        <Group key={i} gap={4} wrap="nowrap">
          <TextInput style={{ flex: 3 }} aria-label={t('lines.name')} placeholder={t('lines.name')} value={row.name} onChange={(e) => set(i, { name: e.currentTarget.value })} />
          <TextInput style={{ flex: 1 }} aria-label={t('lines.quantity')} placeholder={t('lines.quantity')} inputMode="decimal" value={row.quantity} onChange={(e) => set(i, { quantity: decimal(e.currentTarget.value) })} />
          <TextInput style={{ flex: 1 }} aria-label={t('lines.unit')} placeholder={t('lines.unit')} value={row.unit ?? ''} onChange={(e) => set(i, { unit: e.currentTarget.value })} />
          <TextInput style={{ flex: 1.4 }} aria-label={t('lines.price')} placeholder={t('lines.price')} inputMode="decimal" value={row.price ?? ''} onChange={(e) => set(i, { price: decimal(e.currentTarget.value) })} />
          <ActionIcon variant="subtle" color="gray" aria-label={t('lines.remove', { name: row.name })} onClick={() => onChange(rows.length === 1 ? null : rows.filter((_, at) => at !== i))}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button size="compact-sm" variant="default" onClick={() => onChange([...rows, { name: '', quantity: '1' }])}>
          {t('lines.add')}
        </Button>
      </Group>
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
    </Stack>
  )
}

/** sentLines leaves out of a demand what was not filled in. */
export function sentLines(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const lines = linesOf(value)
    .filter((line) => line.name.trim() !== '')
    .map((line) => ({ name: line.name.trim(), quantity: line.quantity, ...(line.unit ? { unit: line.unit } : {}), ...(line.price ? { price: line.price } : {}) }))
  return lines.length === 0 ? null : lines
}
