import '@mantine/dates/styles.css'
import 'dayjs/locale/ru'
import 'dayjs/locale/en-gb'

import type { MantineSize } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { useState, type ReactNode } from 'react'
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
export default function DayInput({ value, onChange, error, disabled = false, ...props }: DayInputProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const today = format.dayKey(new Date())
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  // What cannot be read stays, and says so when one has left it.
  const [unread, setUnread] = useState<'typed' | 'told'>()
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    setUnread(undefined)
  }
  return (
    <DateInput
      {...props}
      value={value}
      onChange={(day) => {
        close()
        onChange(day)
      }}
      disabled={disabled}
      onClick={() => setOpen(true)}
      onInput={({ currentTarget: { value: text } }) => setUnread(text.trim() === '' || readDay(text, today) !== undefined ? undefined : 'typed')}
      onBlur={() => {
        close()
        if (unread !== undefined) setUnread('told')
      }}
      fixOnBlur={unread === undefined}
      data-unread={unread}
      error={unread === 'told' ? t('dates.unreadDay') : error}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown') setOpen(true)
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        close()
      }}
      // Then Escape closes the calendar, and not the window.
      data-mantine-stop-propagation={open || undefined}
      clearable
      locale={format.lang === 'ru' ? 'ru' : 'en-gb'}
      valueFormat={format.lang === 'ru' ? 'DD.MM.YYYY' : 'DD/MM/YYYY'}
      placeholder={t('dates.dayPlaceholder')}
      dateParser={(typed) => readDay(typed, today) ?? null}
      getDayProps={(day) => (day === today ? { 'data-today': true, 'aria-current': 'date' } : {})}
      highlightToday
      // It covers what stands below: a click or a key opens it, not coming by.
      popoverProps={{ withRoles: false, disabled, opened: open }}
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
