import { Button, Collapse, Group, Radio, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useBlocks } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { instantOf } from '@/i18n/wall'
import { WallField } from '@/ui/dates'
import { ClientField } from '@/ui/clients/ClientField'
import { ContactField } from '@/ui/clients/ContactField'
import { CasePicker, UserPicker } from '@/ui/pickers'

import { moved, type Draft, type Participant } from './draft'
import { KindChoice } from './KindChoice'
import { Participants } from './Participants'
import { quickEnds, quickFacts, quickPlans, quickReminders, quickReviews } from './quick'

interface Props {
  draft: Draft
  onChange: (draft: Draft) => void
  /** Planned, or what has been. */
  planned: boolean
  /** What is wrong with a field, by its name in the API. */
  errorOf: (field: string) => string | undefined
  /** A cancelled or reviewed one takes no reminder (R28). */
  reminders: boolean
  moreOf?: (participant: Participant, index: number) => ReactNode
}

/** InteractionForm has the fields of an interaction (R3, R23, R46); what is needed less often comes when asked for. */
export function InteractionForm({ draft, onChange, planned, errorOf, reminders, moreOf }: Props) {
  const { t } = useTranslation('interactions')
  const { timeZone } = useFormat()
  const [now] = useState(() => Date.now())
  const set = <Name extends keyof Draft>(name: Name, value: Draft[Name]) => onChange({ ...draft, [name]: value })
  return (
    <Stack gap="sm">
      <KindChoice label={t('fields.kind')} value={draft.kind} onChange={(kind) => set('kind', kind)} error={errorOf('kind')} />
      {['call', 'email', 'sms'].includes(draft.kind) && (
        <Radio.Group label={t('fields.direction')} value={draft.direction} onChange={(direction) => set('direction', direction)} error={errorOf('direction')}>
          <Group gap="md" mt={4}>
            <Radio value="in" label={t('direction.in')} />
            <Radio value="out" label={t('direction.out')} />
          </Group>
        </Radio.Group>
      )}
      <WallField
        label={planned ? t('fields.plannedAt') : t('fields.at')}
        required
        value={draft.at}
        onChange={(at) => onChange(moved(draft, at, timeZone))}
        error={errorOf('at')}
        quick={planned ? quickPlans(t, now, timeZone) : quickFacts(t, now, timeZone)}
      />
      <TextInput label={t('fields.topic')} value={draft.topic} onChange={(event) => set('topic', event.currentTarget.value)} error={errorOf('topic')} maxLength={500} data-autofocus />
      <Textarea label={t('fields.content')} value={draft.content} onChange={(event) => set('content', event.currentTarget.value)} error={errorOf('content')} autosize minRows={2} maxRows={10} maxLength={20000} />
      {!planned && <ResultField value={draft.result} onChange={(result) => set('result', result)} error={errorOf('result')} />}
      <WithWhom draft={draft} onChange={onChange} errorOf={errorOf} />
      <Participants value={draft.participants} onChange={(participants) => set('participants', participants)} client={draft.client} error={errorOf('participants')} more={moreOf} />
      <UserPicker label={t('fields.responsible')} value={draft.responsible} onChange={(responsible) => set('responsible', responsible)} error={errorOf('responsible_id')} description={draft.responsible === null ? t('fields.nobody') : undefined} />
      <Further draft={draft} onChange={onChange} errorOf={errorOf} reminders={reminders} now={now} />
    </Stack>
  )
}

/** ResultField is what came of it. */
export function ResultField({ value, onChange, error, autoFocus = false }: { value: string; onChange: (value: string) => void; error?: string | undefined; autoFocus?: boolean }) {
  const { t } = useTranslation('interactions')
  return <Textarea label={t('fields.result')} value={value} onChange={(event) => onChange(event.currentTarget.value)} error={error} autosize minRows={2} maxRows={10} maxLength={5000} data-autofocus={autoFocus || undefined} />
}

type PartProps = Pick<Props, 'draft' | 'onChange' | 'errorOf'>

/** WithWhom is the client, the contact, the case and the deal: any of them will do. */
function WithWhom({ draft, onChange, errorOf }: PartProps) {
  const { t } = useTranslation('interactions')
  const blocks = useBlocks()
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
      <ClientField label={t('fields.client')} value={draft.client} onChange={(client) => onChange({ ...draft, client, ...(client === draft.client ? {} : { contact: null }) })} error={errorOf('client_id')} />
      <ContactField label={t('fields.contact')} client={draft.client} value={draft.contact} onChange={(contact, client) => onChange({ ...draft, contact, client: client ?? draft.client })} error={errorOf('contact_id')} />
      <CasePicker label={t('fields.case')} client={draft.client} value={draft.case} onChange={(chosen) => onChange({ ...draft, case: chosen })} error={errorOf('case_id')} />
      {blocks.deals && <CasePicker label={t('fields.deal')} only="deal" client={draft.client} value={draft.deal} onChange={(deal) => onChange({ ...draft, deal })} error={errorOf('deal_id')} />}
    </SimpleGrid>
  )
}

/** Further is the end, the reminder and the day of review (R28). */
function Further({ draft, onChange, errorOf, reminders, now }: PartProps & { reminders: boolean; now: number }) {
  const { t } = useTranslation('interactions')
  const { timeZone } = useFormat()
  const given = [draft.ends, draft.remind, draft.review].some((wall) => wall.date !== null)
  const [asked, setAsked] = useState(given)
  const wrong = ['ends_at', 'remind_at', 'review_after'].some((field) => errorOf(field) !== undefined)
  const open = asked || wrong
  const begins = instantOf(draft.at, timeZone)
  return (
    <div>
      <Button variant="subtle" size="compact-sm" h={32} aria-expanded={open} onClick={() => setAsked(!open)} leftSection={open ? <IconChevronUp size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />}>
        {t('fields.further')}
      </Button>
      <Collapse expanded={open}>
        <Stack gap="sm" pt={6}>
          <WallField label={t('fields.ends')} value={draft.ends} onChange={(ends) => onChange({ ...draft, ends })} error={errorOf('ends_at')} quick={quickEnds(t, begins, timeZone)} />
          {reminders && (
            <>
              <WallField label={t('fields.remind')} value={draft.remind} onChange={(remind) => onChange({ ...draft, remind })} error={errorOf('remind_at')} quick={quickReminders(t, begins, now, timeZone)} />
              <WallField label={t('fields.review')} value={draft.review} onChange={(review) => onChange({ ...draft, review })} error={errorOf('review_after')} quick={quickReviews(t, now, timeZone)} />
            </>
          )}
        </Stack>
      </Collapse>
    </div>
  )
}
