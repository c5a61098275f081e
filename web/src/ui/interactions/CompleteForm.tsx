import { Alert, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Versioned } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { instantOf, wallOf } from '@/i18n/wall'
import { WallField } from '@/ui/dates'
import { tell } from '@/ui/tell'

import { Clashes } from './Clashes'
import { aboutSubject, creation, halfGiven, newDraft, valuesOf, type Draft, type Interaction } from './draft'
import { FormFrame, useFieldErrors, type FormProps } from './FormFrame'
import { ResultField } from './InteractionForm'
import { InteractionLine } from './InteractionLine'
import { KindChoice } from './KindChoice'
import { quickFacts, quickPlans } from './quick'
import { Overtaken, useEditing } from './useEditing'

/**
 * CompleteForm completes an interaction: what came of it, and what comes next, at once (R2). The next one is planned first, so that the case
 * is at no time without a plan.
 */
export function CompleteForm({ first, onSaved, onDirty, onClose }: { first: Versioned<Interaction> } & FormProps) {
  const { t } = useTranslation('interactions')
  const { timeZone } = useFormat()
  const [now] = useState(() => Date.now())
  const [tried, setTried] = useState(false)
  const next = useNextPlan(first.data)
  const { record, draft, setDraft, clashes, takeTheirs, keepMine, save } = useEditing(first, (saved) => {
    tell.done(t(next.made ? 'done.completedAndPlanned' : 'done.completed'))
    onSaved(saved)
  })
  const early = Date.parse(record.at) > now
  // One that was planned for later has been now, unless one says when.
  const [at, setAt] = useState(() => (early ? wallOf(new Date(now).toISOString(), timeZone) : draft.at))
  const overtaken = save.error instanceof Overtaken || record.status !== 'planned'
  const errorOf = useFieldErrors({ ...draft, at }, tried, save.error === null ? undefined : asApiError(save.error))
  const submit = async () => {
    setTried(true)
    if (clashes.length > 0 || at.date === null || at.time === '' || !next.ready()) return
    if (await next.plan()) save.mutate({ status: 'completed', ...movedTo(draft.at, at, timeZone) })
  }
  const change = (changed: Draft) => {
    setDraft(changed)
    onDirty(true)
  }
  return (
    <FormFrame
      error={save.error instanceof Overtaken ? undefined : (next.error ?? save.error)}
      shownFields={['at', 'result', 'kind', 'topic', 'content']}
      busy={save.isPending || next.busy}
      submit={t(next.wanted ? 'submit.completeAndPlan' : 'submit.complete')}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {overtaken && <Alert color="orange" role="alert" title={t('overtaken', { status: t(`statuses.${record.status}`) })} />}
      <InteractionLine interaction={record} />
      <Clashes draft={draft} clashes={clashes} onTheirs={takeTheirs} onMine={keepMine} />
      <ResultField value={draft.result} onChange={(result) => change({ ...draft, result })} error={errorOf('result')} autoFocus />
      <WallField label={t('fields.at')} required value={at} onChange={setAt} error={errorOf('at')} quick={quickFacts(t, now, timeZone)} />
      <NextPlan {...next} now={now} onDirty={onDirty} />
    </FormFrame>
  )
}

/** movedTo is the time, when it is not the planned one. */
function movedTo(planned: Draft['at'], at: Draft['at'], timeZone: string): { at?: string } {
  if (planned.date === at.date && planned.time === at.time) return {}
  const was = instantOf(at, timeZone)
  return was === undefined ? {} : { at: was }
}

/** useNextPlan is the interaction that is planned while another one is completed; it becomes a link of the same chain (R24, R26). */
function useNextPlan(subject: Interaction) {
  const { timeZone } = useFormat()
  const me = useMe()
  const [wanted, setWanted] = useState(subject.case_id !== undefined)
  const [draft, setDraft] = useState(() => newDraft(aboutSubject(subject), subject.responsible_id ?? me?.id ?? null, timeZone))
  const [tried, setTried] = useState(false)
  const { key, refused } = useRequestKey()
  const create = useMutation({
    onError: refused,
    mutationFn: () => answer(api.POST('/api/v1/interactions', { params: { header: { 'Idempotency-Key': key } }, body: creation(valuesOf(draft, timeZone), 'planned', subject.id, new Date().toISOString()) })),
  })
  const made = create.data !== undefined
  return {
    wanted, setWanted, draft, setDraft, made, tried, error: create.error, busy: create.isPending,
    ready: (): boolean => {
      setTried(true)
      return !wanted || made || (draft.at.date !== null && halfGiven(draft).length === 0)
    },
    /** plan makes it, once; false: it was refused. */
    plan: async (): Promise<boolean> => !wanted || made || create.mutateAsync().then(() => true, () => false),
  }
}

function NextPlan({ wanted, setWanted, draft, setDraft, made, tried, error, now, onDirty }: ReturnType<typeof useNextPlan> & { now: number; onDirty: (dirty: boolean) => void }) {
  const { t } = useTranslation('interactions')
  const { timeZone } = useFormat()
  const errorOf = useFieldErrors(draft, tried, error === null ? undefined : asApiError(error))
  const change = (changed: Partial<Draft>) => {
    setDraft({ ...draft, ...changed })
    onDirty(true)
  }
  if (made) return <Alert color="green">{t('next.made')}</Alert>
  return (
    <Stack gap="sm" className="panel" p="sm">
      <Switch label={t('next.wanted')} checked={wanted} onChange={(event) => setWanted(event.currentTarget.checked)} />
      {wanted && (
        <>
          <KindChoice label={t('next.kind')} value={draft.kind} onChange={(kind) => change({ kind })} error={errorOf('kind')} />
          <WallField label={t('next.at')} required value={draft.at} onChange={(at) => change({ at })} error={errorOf('at')} quick={quickPlans(t, now, timeZone)} />
          <TextInput label={t('next.topic')} value={draft.topic} onChange={(event) => change({ topic: event.currentTarget.value })} error={errorOf('topic')} maxLength={500} />
          <Textarea label={t('next.content')} value={draft.content} onChange={(event) => change({ content: event.currentTarget.value })} error={errorOf('content')} autosize minRows={1} maxRows={6} maxLength={20000} />
        </>
      )}
    </Stack>
  )
}
