import { Button, Group, Select, Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf, wallOf, type Wall } from '@/i18n/wall'
import { WallField } from '@/ui/dates'
import { useKept } from '@/ui/edit/useKept'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { useCard } from './card'
import classes from './case.module.css'

type Kind = Schema<'Interaction'>['kind']
const kinds: Kind[] = ['call', 'meeting', 'email', 'sms', 'calendar', 'other']

/** Tomorrow at ten, by one's own clock: what is planned most. */
function tomorrow(zone: string): Wall {
  const today = wallOf(new Date().toISOString(), zone).date ?? ''
  return { date: dayAfter(today, 1), time: '10:00' }
}

interface Draft {
  kind: Kind
  topic: string
  /** Without it: tomorrow. */
  at?: Wall
}

const nothing: Draft = { kind: 'call', topic: '' }

/** NextAction plans what comes next with the client, in one line at the bottom of the card (R3, R42); children are offered beside its name. */
export function NextAction({ children }: { children: ReactNode }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { shown, again } = useCard()
  const format = useFormat()
  const { value: draft, set: setDraft, drop } = useKept(`case.${shown.id}.next`, nothing)
  const { kind, topic, at = tomorrow(format.timeZone) } = draft
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const request = useRequestKey()
  const plan = useMutation<unknown, Error, Draft>({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/interactions', {
          params: { header: { 'Idempotency-Key': request.key } },
          body: { kind, status: 'planned', at: instantOf(at, format.timeZone) ?? '', topic, case_id: shown.id, ...(shown.contact_id === undefined ? {} : { contact_id: shown.contact_id }) },
        }),
      ),
    onSuccess: (_, sent) => {
      drop(sent)
      request.done()
      again()
      tell.done(t('next.done'))
    },
    onError: request.refused,
  })
  const refused = plan.isError ? asApiError(plan.error) : undefined
  const fields = { topic: refused?.field('/topic'), at: refused?.field('/at') }
  return (
    <form
      noValidate
      aria-label={t('next.title')}
      onSubmit={(event) => {
        event.preventDefault()
        if (!plan.isPending) plan.mutate(draft)
      }}
    >
      <Group gap="xs" mb={4} justify="space-between">
        <Text size="xs" c="dimmed" fw={600}>
          {t('next.title')}
        </Text>
        {children}
      </Group>
      <div className={classes.line}>
        <Select aria-label={t('next.title')} w={128} data={kinds.map((value) => ({ value, label: common(`interactionKinds.${value}`) }))} value={kind} allowDeselect={false} onChange={(value) => set({ kind: value ?? 'call' })} />
        <WallField label={t('next.at')} usualTime="10:00" value={at} error={fields.at} onChange={(wall) => set({ at: wall })} />
        <TextInput aria-label={t('next.topic')} placeholder={t('next.topic')} style={{ flex: '1 1 104px' }} required value={topic} error={fields.topic} onChange={(e) => set({ topic: e.currentTarget.value })} />
        <Button type="submit" px="sm" ml="auto" loading={plan.isPending} disabled={instantOf(at, format.timeZone) === undefined}>
          {t('next.plan')}
        </Button>
      </div>
      {refused !== undefined && fields.topic === undefined && fields.at === undefined && <Failure error={refused} />}
    </form>
  )
}
