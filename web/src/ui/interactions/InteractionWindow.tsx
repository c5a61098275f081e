import { Alert, Button, Loader } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'
import { Window } from '@/ui/Window'

import { readInteraction, useInteractionActions, useInteractionsChanged } from './actions'
import { Clashes } from './Clashes'
import { CompleteForm } from './CompleteForm'
import { aboutSubject, creation, newDraft, same, valuesOf, type Draft, type Interaction } from './draft'
import { EnterPerson } from './EnterPerson'
import { complete, fieldNames, FormFrame, useFieldErrors, type FormProps } from './FormFrame'
import type { InteractionAsked } from './InteractionDialog'
import { InteractionForm } from './InteractionForm'
import { InteractionLine } from './InteractionLine'
import { Overtaken, useEditing } from './useEditing'

interface Props {
  asked: InteractionAsked
  onClose: () => void
  onSaved: ((interaction: Interaction) => void) | undefined
}

/** InteractionWindow is what InteractionDialog loads. */
export default function InteractionWindow({ asked: first, onClose, onSaved }: Props) {
  const { t } = useTranslation('interactions')
  const phone = useMediaQuery('(max-width: 48em)')
  const [asked, setAsked] = useState(first)
  const [dirty, setDirty] = useState(false)
  const saved = (interaction: Interaction) => {
    onSaved?.(interaction)
    onClose()
  }
  const ask = (next: InteractionAsked) => {
    setDirty(false)
    setAsked(next)
  }
  const forms: FormProps = { onSaved: saved, onDirty: setDirty, onAsk: ask, onClose }
  return (
    // What it goes on with begins at a field of its own.
    <Window key={asked.to} opened loses={dirty} onClose={onClose} title={t(`titles.${asked.to}`)} size={760} fullScreen={phone ?? false}>
      {'id' in asked ? <Existing asked={asked} {...forms} /> : <NewForm asked={asked} {...forms} />}
    </Window>
  )
}

function NewForm({ asked, onSaved, onDirty, onClose }: { asked: Exclude<InteractionAsked, { id: string }> } & FormProps) {
  const { t } = useTranslation('interactions')
  const { timeZone } = useFormat()
  const me = useMe()
  const refresh = useInteractionsChanged()
  const planned = asked.to === 'plan'
  const [empty] = useState(() => {
    const about = { ...(asked.subject ? aboutSubject(asked.subject) : {}), ...asked.about }
    return newDraft(planned || about.at !== undefined ? about : { ...about, at: new Date().toISOString() }, me?.id ?? null, timeZone)
  })
  const [draft, setDraft] = useState(empty)
  const { key, refused } = useRequestKey()
  const [tried, setTried] = useState(false)
  const create = useMutation({
    mutationFn: () => {
      const body = creation(valuesOf(draft, timeZone), planned ? 'planned' : 'completed', asked.subject?.id, new Date().toISOString())
      return answer(api.POST('/api/v1/interactions', { params: { header: { 'Idempotency-Key': key } }, body }))
    },
    onError: refused,
    onSuccess: (made) => {
      refresh()
      tell.done(t(planned ? 'done.planned' : 'done.recorded'))
      onSaved(made)
    },
  })
  const errorOf = useFieldErrors(draft, tried, create.error === null ? undefined : asApiError(create.error))
  const change = (next: Draft) => {
    setDraft(next)
    onDirty(!same(next, empty))
  }
  const submit = () => {
    setTried(true)
    if (complete(draft)) create.mutate()
  }
  return (
    <FormFrame error={create.error} shownFields={fieldNames} busy={create.isPending} submit={t(planned ? 'submit.plan' : 'submit.record')} onSubmit={submit} onClose={onClose}>
      {asked.subject && <InteractionLine interaction={asked.subject} lead={t('subject')} />}
      <InteractionForm draft={draft} onChange={change} planned={planned} errorOf={errorOf} reminders />
    </FormFrame>
  )
}

function Existing({ asked, ...forms }: { asked: { to: 'edit' | 'complete'; id: string } } & FormProps) {
  const { t } = useTranslation()
  // What is being changed is read once: a later state comes in when one saves.
  const record = useQuery({ queryKey: [...keys.interactions, 'edited', asked.id], queryFn: () => readInteraction(asked.id), gcTime: 0, staleTime: Infinity, refetchOnMount: 'always' })
  const [first, setFirst] = useState<Versioned<Interaction>>()
  if (first === undefined && record.data !== undefined && !record.isFetching) setFirst(record.data)
  if (first === undefined) {
    return record.isError ? <Failure error={record.error} onRetry={() => void record.refetch()} /> : <Loader aria-label={t('loading')} m="xl" />
  }
  return asked.to === 'complete' ? <CompleteForm first={first} {...forms} /> : <EditForm first={first} {...forms} />
}

function EditForm({ first, onSaved, onDirty, onAsk, onClose }: { first: Versioned<Interaction> } & FormProps) {
  const { t } = useTranslation('interactions')
  const { t: common } = useTranslation()
  const actions = useInteractionActions()
  const [tried, setTried] = useState(false)
  const { record, draft, setDraft, clashes, takeTheirs, keepMine, save, reread } = useEditing(first, (saved) => {
    tell.done(t('done.saved'))
    onSaved(saved)
  })
  const errorOf = useFieldErrors(draft, tried, save.error === null ? undefined : asApiError(save.error))
  const submit = () => {
    setTried(true)
    if (complete(draft) && clashes.length === 0) save.mutate({})
  }
  const act = (run: Promise<void>) => void run.then(() => onSaved(record))
  const change = (next: Draft) => {
    setDraft(next)
    onDirty(true)
  }
  return (
    <FormFrame
      error={save.error instanceof Overtaken ? undefined : save.error}
      shownFields={fieldNames}
      busy={save.isPending}
      submit={common('save')}
      onSubmit={submit}
      onClose={onClose}
      actions={
        <>
          {record.status === 'planned' && (
            <>
              <Button variant="light" onClick={() => onAsk({ to: 'complete', id: record.id })}>
                {t('actions.complete')}
              </Button>
              <Button variant="subtle" color="red" onClick={() => act(actions.cancel(record))}>
                {t('actions.cancel')}
              </Button>
            </>
          )}
          {record.status === 'cancelled' && (
            <Button variant="light" onClick={() => act(actions.restore(record))}>
              {t('actions.restore')}
            </Button>
          )}
          {record.status !== 'cancelled' && record.reviewed_at === undefined && record.review_after !== undefined && (
            <Button variant="light" onClick={() => act(actions.review(record))}>
              {t('actions.review')}
            </Button>
          )}
          {record.status !== 'planned' && (
            <Button variant="subtle" onClick={() => onAsk({ to: 'plan', subject: record })}>
              {t('actions.followUp')}
            </Button>
          )}
          {(record.client_id === undefined || record.contact_id === undefined) && <EnterPerson record={record} onEntered={() => void reread().catch(tell.problem)} />}
        </>
      }
    >
      {record.status === 'cancelled' && <Alert color="gray">{t('isCancelled')}</Alert>}
      <Clashes draft={draft} clashes={clashes} onTheirs={takeTheirs} onMine={keepMine} />
      <InteractionForm
        draft={draft}
        onChange={change}
        planned={record.status === 'planned'}
        errorOf={errorOf}
        reminders={record.status !== 'cancelled' && record.reviewed_at === undefined}
        moreOf={(participant) => {
          const at = (record.participants ?? []).findIndex((known) => same(known, participant))
          return participant.name !== undefined && at >= 0 && <EnterPerson record={record} participant={at} onEntered={() => void reread().catch(tell.problem)} />
        }}
      />
    </FormFrame>
  )
}
