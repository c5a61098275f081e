import '@mantine/dates/styles.css'
import 'dayjs/locale/ru'

import { DatePickerInput, DatesProvider } from '@mantine/dates'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  label: string
  /** The first and the last day: 2026-03-02. */
  from: string | null
  to: string | null
  onChange: (from: string | null, to: string | null) => void
}

/** PeriodInput chooses days from a calendar; half a choice is not one yet. */
export default function PeriodInput({ label, from, to, onChange }: Props) {
  const { t, i18n } = useTranslation()
  const [half, setHalf] = useState<string | null>(null)
  return (
    <DatesProvider settings={{ locale: i18n.language, firstDayOfWeek: 1 }}>
      <DatePickerInput
        type="range"
        label={label}
        w={250}
        valueFormat="DD.MM.YYYY"
        allowSingleDateInRange
        clearable
        clearButtonProps={{ 'aria-label': t('clear') }}
        value={half === null ? [from, to] : [half, null]}
        onChange={([first, last]) => {
          if (first !== null && last === null) return setHalf(first)
          setHalf(null)
          onChange(first, last)
        }}
      />
    </DatesProvider>
  )
}
