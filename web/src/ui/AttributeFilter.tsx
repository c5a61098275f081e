import { Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useAttributes } from '@/api/directories'
import { readDecimal, writeDecimal } from '@/i18n/decimal'
import type { Lang } from '@/i18n/i18n'
import { useFormat } from '@/i18n/useFormat'

interface Props {
  subject: Schema<'Attribute'>['subject']
  /** As the API takes it: `{"segment": "vip"}`. */
  value: string | undefined
  onChange: (value: string | null) => void
}

/** AttributeFilter narrows a list by the value of an own attribute (R45). It is not there where the company has none. */
export function AttributeFilter({ subject, value, onChange }: Props) {
  const { t } = useTranslation()
  const attributes = useAttributes(subject).filter((attribute) => !attribute.archived)
  const [key, given] = entryOf(value)
  const [picked, setPicked] = useState<string | null>(null)
  const chosen = attributes.find((attribute) => attribute.key === (key ?? picked))
  if (attributes.length === 0) return null
  const set = (of: string, to: unknown) => onChange(to === null || to === '' ? null : JSON.stringify({ [of]: to }))
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <Select
        w={170}
        label={t('list.attribute')}
        clearable
        clearButtonProps={{ 'aria-label': t('clear') }}
        data={attributes.map((attribute) => ({ value: attribute.key, label: attribute.name }))}
        value={chosen?.key ?? null}
        onChange={(next) => {
          setPicked(next)
          onChange(null)
        }}
      />
      {chosen !== undefined && <ValueInput key={chosen.key} attribute={chosen} value={given} onChange={(to) => set(chosen.key, to)} />}
    </Group>
  )
}

function ValueInput({ attribute, value, onChange }: { attribute: Schema<'Attribute'>; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation()
  const { lang } = useFormat()
  const later = useDebouncedCallback(onChange, 300)
  const named = { 'aria-label': attribute.name, w: 160 }
  const clear = { clearable: true, clearButtonProps: { 'aria-label': t('clear') } }
  switch (attribute.type) {
    case 'choice':
      return <Select {...named} {...clear} data={(attribute.options ?? []).map((option) => ({ value: option.id, label: option.name }))} value={typeof value === 'string' ? value : null} onChange={onChange} />
    case 'flag':
      return <Select {...named} {...clear} data={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} value={typeof value === 'boolean' ? String(value) : null} onChange={(chosen) => onChange(chosen === null ? null : chosen === 'true')} />
    case 'number':
      return <TextInput {...named} inputMode="decimal" defaultValue={typeof value === 'number' ? writeDecimal(String(value), lang) : ''} onChange={(event) => later(numberOf(event.currentTarget.value, lang))} />
    case 'date':
      return <TextInput {...named} type="date" defaultValue={typeof value === 'string' ? value : ''} onChange={(event) => later(event.currentTarget.value)} />
    default:
      return <TextInput {...named} defaultValue={typeof value === 'string' ? value : ''} onChange={(event) => later(event.currentTarget.value.trim())} />
  }
}

function numberOf(text: string, lang: Lang): number | null {
  const number = Number(readDecimal(text, lang))
  return text.trim() === '' || !Number.isFinite(number) ? null : number
}

/** entryOf is the attribute asked for, and its value. */
function entryOf(value: string | undefined): [string | undefined, unknown] {
  try {
    const parsed: unknown = JSON.parse(value ?? '{}')
    const [entry] = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
    return entry ?? [undefined, undefined]
  } catch {
    return [undefined, undefined]
  }
}
