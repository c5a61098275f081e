import { Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { readDecimal, writeDecimal } from '@/i18n/decimal'
import { useFormat } from '@/i18n/useFormat'

interface Props {
  label?: ReactNode
  'aria-label'?: string
  value: unknown
  /** Decimal text as the API takes it; undefined: nothing. What is no number goes on as typed, and the field says so. */
  onChange: (value: string | undefined) => void
  error?: ReactNode
  required?: boolean
  autoFocus?: boolean
  /** %, or the code of a currency. */
  sign?: string | undefined
  placeholder?: string
}

const amount = /^-?\d{1,13}(\.\d{1,2})?$/
const number = /^-?\d{1,15}(\.\d{1,6})?$/

/**
 * DecimalField asks for a number, an amount or a percentage, kept as exact text. What is none stays as it was typed, and is told in the
 * user's own way of writing numbers: a form is not sent with it.
 */
export function DecimalField({ value, onChange, sign, error, ...props }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const [typed, setTyped] = useState<string>()
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
  const isMoney = sign !== undefined && sign !== '%'
  const fault = text === '' || (isMoney ? amount : number).test(text) ? undefined : t(isMoney ? 'fields.notAnAmount' : 'fields.notANumber')
  // Nobody is told that what he is about to type is wrong.
  const [tried, setTried] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const form = input.current?.form
    if (fault === undefined || !form) return
    const hold = (event: Event) => {
      event.preventDefault()
      event.stopImmediatePropagation()
      setTried(true)
      input.current?.focus()
    }
    form.addEventListener('submit', hold)
    return () => form.removeEventListener('submit', hold)
  }, [fault])
  return (
    <TextInput
      {...props}
      ref={input}
      error={fault === undefined ? error : tried || error !== undefined ? fault : undefined}
      inputMode="decimal"
      autoComplete="off"
      value={typed ?? writeDecimal(text, format.lang)}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        onChange(readDecimal(event.currentTarget.value, format.lang) || undefined)
      }}
      onBlur={() => {
        setTyped(undefined)
        setTried(fault !== undefined)
      }}
      {...(sign === undefined ? {} : { rightSection: <Text size="sm" c="dimmed">{sign === '%' ? '%' : symbol(sign, format.lang)}</Text>, rightSectionWidth: 44, rightSectionPointerEvents: 'none' })}
    />
  )
}

function symbol(currency: string, lang: string): string {
  const part = new Intl.NumberFormat(lang, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).formatToParts(0).find((p) => p.type === 'currency')
  return part?.value ?? currency
}
