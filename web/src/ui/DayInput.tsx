import '@mantine/dates/styles.css'
import 'dayjs/locale/ru'
import 'dayjs/locale/en-gb'

import type { MantineSize } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { readDay } from '@/i18n/wall'
import { useFormat } from '@/i18n/useFormat'

import classes from './DayInput.module.css'

export interface DayInputProps {
  label?: ReactNode
  'aria-label'?: string
  value: string | null
  onChange: (day: string | null) => void
  error?: ReactNode
  description?: ReactNode
  required?: boolean
  disabled?: boolean
  autoFocus?: boolean
  size?: MantineSize
}

/** DayInput is the calendar with its field; use DayField of ui/dates, which loads it when it is needed. */
export default function DayInput({ value, onChange, disabled = false, ...props }: DayInputProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const today = format.dayKey(new Date())
  // A window that begins here is not covered by the calendar before one asks for it.
  const [folded, setFolded] = useState(false)
  const met = useRef(false)
  const unfold = () => setFolded(false)
  return (
    <DateInput
      {...props}
      value={value}
      onChange={(day) => {
        unfold()
        onChange(day)
      }}
      disabled={disabled}
      onFocus={(event) => {
        setFolded(!met.current && event.currentTarget.hasAttribute('data-autofocus'))
        met.current = true
      }}
      onClick={unfold}
      onKeyDown={(event) => event.key === 'ArrowDown' && unfold()}
      clearable
      locale={format.lang === 'ru' ? 'ru' : 'en-gb'}
      valueFormat={format.lang === 'ru' ? 'DD.MM.YYYY' : 'DD/MM/YYYY'}
      placeholder={t('dates.dayPlaceholder')}
      dateParser={(typed) => readDay(typed, today) ?? null}
      getDayProps={(day) => (day === today ? { 'data-today': true, 'aria-current': 'date' } : {})}
      highlightToday
      popoverProps={{ withRoles: false, disabled: disabled || folded }}
      classNames={{ day: classes.day ?? '' }}
      clearButtonProps={{ 'aria-label': t('clear') }}
      previousLabel={t('dates.previous')}
      nextLabel={t('dates.next')}
      ariaLabels={{
        nextMonth: t('dates.next'), previousMonth: t('dates.previous'), nextYear: t('dates.next'), previousYear: t('dates.previous'),
        nextDecade: t('dates.next'), previousDecade: t('dates.previous'),
      }}
    />
  )
}
