import { Button, Group, SegmentedControl, Stack, Switch, Text } from '@mantine/core'
import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import type { Me } from '@/app/session'
import { Block } from '@/ui/Block'
import { TimeField } from '@/ui/dates'
import { FormClashes } from '@/ui/edit/FormClashes'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { useOwnRecord, type MePatch } from './me'

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

/** What one wishes, subject by subject, so that two windows that change different ones do not undo each other. */
interface Wishes extends Record<Subject, Time> {
  digestAt: string
  quiet: boolean
  from: string
  to: string
}

const wishesOf = (me: Me): Wishes => ({
  ...(Object.fromEntries(subjects.map((subject) => [subject, me.muted?.includes(subject) ? 'never' : me.digest?.includes(subject) ? 'digest' : 'now'])) as Record<Subject, Time>),
  digestAt: me.digest_at,
  quiet: me.quiet_from !== undefined,
  from: me.quiet_from ?? '20:00',
  to: me.quiet_to ?? '08:00',
})

const subjectsAt = (wishes: Wishes, time: Time) => subjects.filter((subject) => wishes[subject] === time)

const patchOf = (wishes: Wishes): MePatch => ({
  muted: subjectsAt(wishes, 'never'), digest: subjectsAt(wishes, 'digest'), digest_at: wishes.digestAt,
  quiet_from: wishes.quiet ? wishes.from : null, quiet_to: wishes.quiet ? wishes.to : null,
})

function LettersForm() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const form = useRecordForm<Wishes>({ ...useOwnRecord(wishesOf, patchOf), keptAs: 'profile.letters', onDone: () => tell.done(t('saved')) })
  const { draft, set: change, problem: error, saving: busy } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    form.save()
  }
  const names = { digestAt: t('letters.digestAt'), quiet: t('letters.quiet'), from: t('letters.from'), to: t('letters.to') }
  const nameOf = (field: keyof Wishes) => (field in names ? names[field as keyof typeof names] : t(`letters.subjects.${field as Subject}`))
  const wordOf = (value: unknown) => (typeof value === 'boolean' ? common(value ? 'yes' : 'no') : times.some((time) => time === value) ? t(`letters.times.${value as Time}`) : String(value))
  const shown = ['/digest_at', '/quiet_from', '/quiet_to'].some((pointer) => error?.field(pointer) !== undefined)
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {subjects.map((subject) => (
          <Group key={subject} justify="space-between" gap="xs">
            <Text size="sm" id={`letters-${subject}`}>
              {t(`letters.subjects.${subject}`)}
            </Text>
            <SegmentedControl size="sm" aria-labelledby={`letters-${subject}`} value={draft[subject]} onChange={(time) => change({ [subject]: time })} data={times.map((time) => ({ value: time, label: t(`letters.times.${time}`) }))} />
          </Group>
        ))}
        {subjectsAt(draft, 'digest').length > 0 && (
          <div style={{ width: 200 }}>
            <TimeField label={t('letters.digestAt')} value={draft.digestAt} onChange={(at) => change({ digestAt: at })} error={error?.field('/digest_at')} />
          </div>
        )}
        <Switch label={t('letters.quiet')} description={t('letters.quietText')} checked={draft.quiet} onChange={(event) => change({ quiet: event.currentTarget.checked })} />
        {draft.quiet && (
          <Group gap="sm" align="flex-start">
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.from')} value={draft.from} onChange={(at) => change({ from: at })} error={error?.field('/quiet_from')} />
            </div>
            <div style={{ width: 120 }}>
              <TimeField label={t('letters.to')} value={draft.to} onChange={(at) => change({ to: at })} error={error?.field('/quiet_to')} />
            </div>
          </Group>
        )}
        <FormClashes form={form} fieldName={nameOf} shown={(_, value) => wordOf(value)} />
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
