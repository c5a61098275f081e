import { Button, Group, SegmentedControl, Stack, Switch, Text } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { Block } from '@/ui/Block'
import { TimeField } from '@/ui/dates'
import { Failure } from '@/ui/Failure'

import { useOwn } from './me'
import { useSave } from './useSave'

const subjects = ['task', 'overdue', 'assignment', 'mention', 'substitution', 'reminder'] as const
type Subject = (typeof subjects)[number]
const times = ['now', 'digest', 'never'] as const
type Time = (typeof times)[number]

/** Letters is about what one is written, and when (R66). */
export function Letters() {
  const { t } = useTranslation('profile')
  const me = useOwn()
  return (
    <Block title={t('letters.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('letters.text')}
      </Text>
      <LettersForm key={JSON.stringify([me.muted, me.digest, me.digest_at, me.quiet_from, me.quiet_to])} />
    </Block>
  )
}

function LettersForm() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const me = useOwn()
  const [when, setWhen] = useState<Record<Subject, Time>>(
    () => Object.fromEntries(subjects.map((subject) => [subject, me.muted?.includes(subject) ? 'never' : me.digest?.includes(subject) ? 'digest' : 'now'])) as Record<Subject, Time>,
  )
  const [digestAt, setDigestAt] = useState(me.digest_at)
  const [quiet, setQuiet] = useState(me.quiet_from !== undefined)
  const [from, setFrom] = useState(me.quiet_from ?? '20:00')
  const [to, setTo] = useState(me.quiet_to ?? '08:00')
  const { save, busy, error } = useSave()
  const of = (time: Time) => subjects.filter((subject) => when[subject] === time)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save({ muted: of('never'), digest: of('digest'), digest_at: digestAt, quiet_from: quiet ? from : null, quiet_to: quiet ? to : null })
  }
  const shown = ['/digest_at', '/quiet_from', '/quiet_to'].some((pointer) => error?.field(pointer) !== undefined)
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {subjects.map((subject) => (
          <Group key={subject} justify="space-between" gap="xs">
            <Text size="sm" id={`letters-${subject}`}>
              {t(`letters.subjects.${subject}`)}
            </Text>
            <SegmentedControl size="sm" aria-labelledby={`letters-${subject}`} value={when[subject]} onChange={(time) => setWhen({ ...when, [subject]: time })} data={times.map((time) => ({ value: time, label: t(`letters.times.${time}`) }))} />
          </Group>
        ))}
        {of('digest').length > 0 && (
          <div style={{ width: 200 }}>
            <TimeField label={t('letters.digestAt')} value={digestAt} onChange={setDigestAt} error={error?.field('/digest_at')} />
          </div>
        )}
        <Switch label={t('letters.quiet')} description={t('letters.quietText')} checked={quiet} onChange={(event) => setQuiet(event.currentTarget.checked)} />
        {quiet && (
          <Group gap="sm" align="flex-start">
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.from')} value={from} onChange={setFrom} error={error?.field('/quiet_from')} />
            </div>
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.to')} value={to} onChange={setTo} error={error?.field('/quiet_to')} />
            </div>
          </Group>
        )}
        {error !== undefined && !shown && <Failure error={error} />}
        <Group>
          <Button type="submit" loading={busy}>
            {common('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
