import { Text, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'

import { useFormat } from '@/i18n/useFormat'

interface Props {
  label?: ReactNode
  'aria-label'?: string
  value: unknown
  /** Decimal text as the API takes it; undefined: nothing. What is no number goes on as typed, and the server says so. */
  onChange: (value: string | undefined) => void
  error?: ReactNode
  required?: boolean
  autoFocus?: boolean
  /** %, or the code of a currency. */
  sign?: string | undefined
  placeholder?: string
}

/** decimalText is a number as people type it, with spaces and a comma, in the API's form. */
export function decimalText(typed: string): string {
  return typed.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.').replace(/^\+/, '').replace(/^(-?)\./, '$10.').replace(/\.$/, '')
}

/** DecimalField asks for a number, an amount or a percentage, kept as exact text. */
export function DecimalField({ value, onChange, sign, ...props }: Props) {
  const format = useFormat()
  const [typed, setTyped] = useState<string>()
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
  return (
    <TextInput
      {...props}
      inputMode="decimal"
      autoComplete="off"
      value={typed ?? (/^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? format.number(text) : text)}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        onChange(decimalText(event.currentTarget.value) || undefined)
      }}
      onBlur={() => setTyped(undefined)}
      {...(sign === undefined ? {} : { rightSection: <Text size="sm" c="dimmed">{sign === '%' ? '%' : symbol(sign, format.lang)}</Text>, rightSectionWidth: 44, rightSectionPointerEvents: 'none' })}
    />
  )
}

function symbol(currency: string, lang: string): string {
  const part = new Intl.NumberFormat(lang, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).formatToParts(0).find((p) => p.type === 'currency')
  return part?.value ?? currency
}
