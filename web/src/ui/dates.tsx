import { Button, Group, Input, TextInput } from '@mantine/core'
import { Suspense, useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { instantOf, noWall, readTime, wallOf, type Wall } from '@/i18n/wall'
import { useFormat } from '@/i18n/useFormat'
import { lazy } from '@/ui/lazy'

import type { DayInputProps } from './DayInput'

const DayInput = lazy(() => import('./DayInput'))

/** DayField asks for a calendar date, 2026-03-02: by typing it in any usual way, or out of a calendar. */
export function DayField(props: DayInputProps) {
  const { label, 'aria-label': name, value, error, description, required } = props
  return (
    <Suspense fallback={<TextInput data-loading label={label} aria-label={name} error={error} description={description} required={required ?? false} defaultValue={value ?? ''} disabled />}>
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
export function TimeField({ value, onChange, error, ...props }: TimeProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string>()
  const [told, setTold] = useState(false)
  // What cannot be read stays, and says so when one has left it.
  const unread = typed !== undefined && typed.trim() !== '' && readTime(typed) === undefined
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    if (unread) setTyped(undefined)
  }
  return (
    <TextInput
      {...props}
      inputMode="numeric"
      placeholder={t('dates.timePlaceholder')}
      value={typed ?? value}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        setTold(false)
        const time = readTime(event.currentTarget.value)
        if (time !== undefined && time !== value) onChange(time)
        else if (event.currentTarget.value.trim() === '') onChange('')
      }}
      onBlur={() => (unread ? setTold(true) : setTyped(undefined))}
      data-unread={unread || undefined}
      error={unread && told ? t('dates.unreadTime') : error}
    />
  )
}

/** A quick choice beside the field. */
export interface QuickMoment {
  label: string
  wall: Wall
}

interface WallProps {
  label: string
  value: Wall
  onChange: (value: Wall) => void
  error?: ReactNode
  description?: ReactNode
  required?: boolean
  disabled?: boolean
  quick?: readonly QuickMoment[]
  /** The time for a day chosen first; without one it is to be typed. */
  usualTime?: string
}

/** WallField asks for a day and a time on the user's own clock, with the usual ones to choose; half of it may be missing. */
export function WallField({ label, value, onChange, error, description, required = false, disabled = false, quick = [], usualTime = '' }: WallProps) {
  const { t } = useTranslation()
  const id = useId()
  const wrong = error !== undefined && error !== null && error !== false
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} error={error} required={required} role="group" aria-labelledby={`${id}-label`} id={id} inputWrapperOrder={['label', 'input', 'error', 'description']}>
      <Group gap="xs" align="flex-start">
        <div style={{ flex: '1 1 150px', minWidth: 0, maxWidth: 260 }}>
          <DayField
            aria-label={t('dates.dayOf', { name: label })}
            value={value.date}
            disabled={disabled}
            error={wrong}
            onChange={(date) => onChange(date === null ? { date: null, time: '' } : { date, time: value.time || usualTime })}
          />
        </div>
        <div style={{ width: 88 }}>
          <TimeField aria-label={t('dates.timeOf', { name: label })} value={value.time} disabled={disabled} error={wrong} onChange={(time) => onChange({ ...value, time })} />
        </div>
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
  )
}

interface MomentProps extends Omit<WallProps, 'value' | 'onChange' | 'quick'> {
  /** RFC 3339. */
  value: string | null
  onChange: (iso: string | null) => void
}

/** MomentField asks for a day and a time on the user's own clock; its value is RFC 3339. */
export function MomentField({ value, onChange, usualTime = '09:00', ...props }: MomentProps) {
  const { timeZone } = useFormat()
  // A half of it is no moment yet, and stays here until the other half comes.
  const [half, setHalf] = useState<Wall>(noWall)
  const change = (wall: Wall) => {
    const iso = instantOf(wall, timeZone)
    setHalf(iso === undefined ? wall : noWall)
    if (iso !== undefined) onChange(iso)
    else if (value !== null) onChange(null)
  }
  return <WallField {...props} usualTime={usualTime} value={value === null ? half : wallOf(value, timeZone)} onChange={change} />
}
