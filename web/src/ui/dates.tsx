import { Group, Input, TextInput } from '@mantine/core'
import { lazy, Suspense, useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { fromWall, readTime, toWall, type Wall } from '@/i18n/zone'
import { useFormat } from '@/i18n/useFormat'

import type { DayInputProps } from './DayInput'

const DayInput = lazy(() => import('./DayInput'))

/** DayField asks for a calendar date, 2026-03-02: by typing it in any usual way, or out of a calendar. */
export function DayField(props: DayInputProps) {
  const { label, 'aria-label': name, value, error, description, required } = props
  return (
    <Suspense fallback={<TextInput label={label} aria-label={name} error={error} description={description} required={required ?? false} defaultValue={value ?? ''} disabled />}>
      <DayInput {...props} />
    </Suspense>
  )
}

interface TimeProps {
  value: string
  onChange: (time: string) => void
  label?: ReactNode
  'aria-label'?: string
  error?: ReactNode
  disabled?: boolean
  required?: boolean
  'aria-describedby'?: string
}

/** TimeField asks for a time of day, 14:05: as one types it, 9, 930 or 9:30. Empty: none. */
export function TimeField({ value, onChange, ...props }: TimeProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string>()
  return (
    <TextInput
      {...props}
      inputMode="numeric"
      placeholder={t('dates.timePlaceholder')}
      value={typed ?? value}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        const time = readTime(event.currentTarget.value)
        if (time !== undefined && time !== value) onChange(time)
        else if (event.currentTarget.value.trim() === '') onChange('')
      }}
      onBlur={() => setTyped(undefined)}
    />
  )
}

interface MomentProps {
  label: string
  value: string | null
  onChange: (iso: string | null) => void
  error?: ReactNode
  description?: ReactNode
  required?: boolean
  disabled?: boolean
  /** The time for a day chosen first. */
  usualTime?: string
}

const empty: Wall = { day: '', time: '' }

/** MomentField asks for a day and a time on the user's own clock; its value is RFC 3339. */
export function MomentField({ label, value, onChange, error, description, required = false, disabled = false, usualTime = '09:00' }: MomentProps) {
  const { t } = useTranslation()
  const { timeZone } = useFormat()
  const id = useId()
  // A half of it is no moment yet, and stays here until the other half comes.
  const [half, setHalf] = useState<Wall>(empty)
  const wall = value === null ? half : toWall(value, timeZone)
  const change = (next: Wall) => {
    const whole = next.day !== '' && next.time !== ''
    setHalf(whole ? empty : next)
    if (whole) onChange(fromWall(next, timeZone))
    else if (value !== null) onChange(null)
  }
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} error={error} required={required} role="group" aria-labelledby={`${id}-label`} id={id}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <div style={{ flex: 1, minWidth: 0 }}>
          <DayField
            aria-label={t('dates.dayOf', { name: label })}
            value={wall.day || null}
            disabled={disabled}
            error={error !== undefined && error !== null && error !== false}
            onChange={(day) => change(day === null ? { day: '', time: wall.time } : { day, time: wall.time || usualTime })}
          />
        </div>
        <div style={{ width: 88 }}>
          <TimeField aria-label={t('dates.timeOf', { name: label })} value={wall.time} disabled={disabled} onChange={(time) => change({ ...wall, time })} />
        </div>
      </Group>
    </Input.Wrapper>
  )
}
