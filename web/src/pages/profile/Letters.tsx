import { Button, Group, SegmentedControl, Stack, Switch, Text } from '@mantine/core'
import { useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import type { Me } from '@/app/session'
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
  return (
    <Block title={t('letters.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('letters.text')}
      </Text>
      <LettersForm />
    </Block>
  )
}

interface Wishes {
  when: Record<Subject, Time>
  digestAt: string
  quiet: boolean
  from: string
  to: string
}

const wishesOf = (me: Me): Wishes => ({
  when: Object.fromEntries(subjects.map((subject) => [subject, me.muted?.includes(subject) ? 'never' : me.digest?.includes(subject) ? 'digest' : 'now'])) as Record<Subject, Time>,
  digestAt: me.digest_at,
  quiet: me.quiet_from !== undefined,
  from: me.quiet_from ?? '20:00',
  to: me.quiet_to ?? '08:00',
})

function LettersForm() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const me = useOwn()
  // Who has changed nothing here sees what is so, wherever it was changed; what is changed is over what was so then, until one is told that it is not so any more.
  const [changed, setChanged] = useState<{ wishes: Wishes; over: Me | undefined }>()
  const { when, digestAt, quiet, from, to } = changed?.wishes ?? wishesOf(me)
  const change = (part: Partial<Wishes>) => setChanged((before) => ({ wishes: { ...(before?.wishes ?? wishesOf(me)), ...part }, over: before?.over ?? me }))
  const sent = useRef<typeof changed>(undefined)
  // What is changed while it is being saved is over what has been saved.
  const { save, busy, error } = useSave(() => setChanged((now) => (now === sent.current ? undefined : now && { ...now, over: undefined })), changed?.over, () => setChanged((before) => before && { ...before, over: undefined }))
  const of = (time: Time) => subjects.filter((subject) => when[subject] === time)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    sent.current = changed
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
            <SegmentedControl size="sm" aria-labelledby={`letters-${subject}`} value={when[subject]} onChange={(time) => change({ when: { ...when, [subject]: time } })} data={times.map((time) => ({ value: time, label: t(`letters.times.${time}`) }))} />
          </Group>
        ))}
        {of('digest').length > 0 && (
          <div style={{ width: 200 }}>
            <TimeField label={t('letters.digestAt')} value={digestAt} onChange={(at) => change({ digestAt: at })} error={error?.field('/digest_at')} />
          </div>
        )}
        <Switch label={t('letters.quiet')} description={t('letters.quietText')} checked={quiet} onChange={(event) => change({ quiet: event.currentTarget.checked })} />
        {quiet && (
          <Group gap="sm" align="flex-start">
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.from')} value={from} onChange={(at) => change({ from: at })} error={error?.field('/quiet_from')} />
            </div>
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.to')} value={to} onChange={(at) => change({ to: at })} error={error?.field('/quiet_to')} />
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
