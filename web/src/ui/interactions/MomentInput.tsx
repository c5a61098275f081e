import '@mantine/dates/styles.css'
import 'dayjs/locale/ru'

import { Button, Group, Input } from '@mantine/core'
import { DateInput, DatesProvider, TimePicker } from '@mantine/dates'
import dayjs from 'dayjs'
import customParseFormat from 'dayjs/plugin/customParseFormat'
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Wall } from '@/i18n/wall'

dayjs.extend(customParseFormat)

// How people type a date: 2.3, 02.03.26, 02/03/2026.
const written = ['DD.MM.YYYY', 'D.M.YYYY', 'DD.MM.YY', 'D.M.YY', 'DD.MM', 'D.M', 'YYYY-MM-DD']

/** A quick choice beside the field. */
export interface QuickMoment {
  label: string
  wall: Wall
}

interface Props {
  label: string
  value: Wall
  onChange: (value: Wall) => void
  error?: ReactNode
  description?: ReactNode
  required?: boolean
  quick?: QuickMoment[]
  autoFocus?: boolean
}

/**
 * MomentInput is a date and a time, both typed or chosen, on the clock of the user's time zone. It brings the calendar along: load it with
 * the form that has it.
 */
export default function MomentInput({ label, value, onChange, error, description, required = false, quick = [], autoFocus = false }: Props) {
  const { t, i18n } = useTranslation()
  const id = useId()
  const changeDate = (date: string | null) => onChange({ date, time: date === null ? '' : value.time })
  return (
    <DatesProvider settings={{ locale: i18n.language, firstDayOfWeek: 1 }}>
      <Input.Wrapper label={label} labelElement="div" error={error} description={description} required={required} labelProps={{ id }} inputWrapperOrder={['label', 'input', 'error', 'description']}>
        <Group gap={6} align="flex-start" wrap="wrap" role="group" aria-labelledby={id}>
          <DateInput
            aria-label={`${label}: ${t('moment.date')}`}
            placeholder={t('moment.datePlaceholder')}
            value={value.date}
            onChange={changeDate}
            valueFormat="DD.MM.YYYY"
            dateParser={parseDate}
            clearable={!required}
            clearButtonProps={{ 'aria-label': t('clear') }}
            error={error !== undefined && error !== null}
            w={150}
            data-autofocus={autoFocus || undefined}
          />
          <TimePicker
            aria-label={`${label}: ${t('moment.time')}`}
            hoursInputLabel={`${label}: ${t('moment.hours')}`}
            minutesInputLabel={`${label}: ${t('moment.minutes')}`}
            value={value.time}
            onChange={(time) => onChange({ ...value, time: time.slice(0, 5) })}
            error={error !== undefined && error !== null}
            w={96}
          />
          {quick.length > 0 && (
            <Group gap={4}>
              {quick.map((choice) => (
                <Button key={choice.label} size="compact-sm" h={36} variant="light" onClick={() => onChange(choice.wall)}>
                  {choice.label}
                </Button>
              ))}
            </Group>
          )}
        </Group>
      </Input.Wrapper>
    </DatesProvider>
  )
}

/** parseDate reads a date as people write it; the year may be left out. */
function parseDate(text: string): string | null {
  const parsed = dayjs(text.trim().replaceAll(/[/\-,\s]+/g, text.includes('-') && text.trim().length > 8 ? '-' : '.'), written, true)
  return parsed.isValid() ? parsed.format('YYYY-MM-DD') : null
}
