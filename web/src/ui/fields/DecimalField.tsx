import { Text, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'

import { readDecimal, writeDecimal } from '@/i18n/decimal'
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
      value={typed ?? writeDecimal(text, format.lang)}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        onChange(readDecimal(event.currentTarget.value, format.lang) || undefined)
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
