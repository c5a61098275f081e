import { Alert, Button, Group, List, Select, Stack, Table, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { decided } from '@/api/commands'
import { keys } from '@/api/keys'
import { useMaps } from '@/api/maps'
import { asApiError, type ApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useKinds } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { DayField, MomentField } from '@/ui/dates'
import { merge } from '@/ui/edit/merge'
import { Failure } from '@/ui/Failure'
import { DecimalField } from '@/ui/fields/DecimalField'
import { filledIn, ItemForm, useFacts, type Values } from '@/ui/fields/ItemForm'
import { sentLines } from '@/ui/edit/values'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'
import { sendByKey } from '@/ui/sendByKey'
import { useToRefused } from '@/ui/useToRefused'
import { CancelButton, Window } from '@/ui/Window'

import { editingCase, useCard, useWork } from './card'
import type { Asked } from './Commands'

interface Props<A> {
  asked: A
  onClose: () => void
}

/** CommandDialog asks for what a command of the case needs, and sends it. */
export default function CommandDialog({ asked: wanted, onClose }: Props<Asked>) {
  switch (wanted.kind) {
    case 'cancel':
      return <Cancel onClose={onClose} />
    case 'reopen':
      return <Reopen onClose={onClose} />
    case 'followUp':
      return <FollowUp onClose={onClose} />
    case 'deadline':
      return <Deadline onClose={onClose} />
    case 'payments':
      return <Payments onClose={onClose} />
    case 'manual':
      return <SwitchToManual onClose={onClose} />
    case 'close':
      return <Close outcome={wanted.outcome} onClose={onClose} />
    case 'closeDeal':
      return <CloseDeal result={wanted.result} onClose={onClose} />
  }
}

interface FormProps {
  title: string
  submit: string
  danger?: boolean
  ready?: boolean
  /** Whether it can be done to an open and to a closed case alike. */
  always?: boolean
  /** Whether it can be done only while the process leads the case. */
  led?: boolean
  /** Pointers of the fields that the form shows: what is wrong with them stands beside them. */
  fields?: string[]
  /** Whether something has been chosen that closing would lose; what is typed the window knows itself. */
  chosen?: boolean
  send: (key: string) => Promise<unknown>
  done?: string
  onClose: () => void
  children: (refused: ApiError | undefined) => ReactNode
}

/** CommandForm is a dialog with one thing to send; a repetition after a broken connection is the same request. */
function CommandForm({ title, submit, danger = false, ready = true, always = false, led = false, fields = [], chosen = false, send, done, onClose, children }: FormProps) {
  const { t } = useTranslation('case')
  const { again, shown } = useCard()
  const [begun] = useState(shown.status)
  const ended = shown.status !== begun ? (shown.status === 'open' ? 'open' : 'closed') : led && shown.mode === 'manual' ? 'manual' : undefined
  const { key, refused: next } = useRequestKey()
  const sending = useMutation({
    mutationFn: () => send(key),
    onSuccess: () => {
      again()
      if (done !== undefined) tell.done(done)
      onClose()
    },
    // What was refused is corrected and then is another request; what was not answered is the same one.
    onError: next,
  })
  // What one has sent oneself, and of which one has no answer, may be what has happened: it can be sent again.
  const overtaken = sending.isPending || sending.isError ? undefined : ended
  const barred = overtaken !== undefined && !always
  const refused = sending.isError ? asApiError(sending.error) : undefined
  const form = useToRefused<HTMLFormElement>(sending.error)
  const told = (refused?.problem.errors ?? []).length > 0 && (refused?.problem.errors ?? []).every((e) => fields.some((f) => e.pointer === f || (e.pointer?.startsWith(f + '/') ?? false)))
  return (
    <Window opened {...(chosen ? { loses: true } : {})} onClose={onClose} title={title} size="lg">
      <form
        ref={form}
        noValidate
        onKeyDown={sendByKey}
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !barred) sending.mutate()
        }}
      >
        <Stack>
          {overtaken !== undefined && (
            <Alert color="yellow" role="status">
              {t(`meanwhile.${always && overtaken === 'closed' ? 'closedOnly' : overtaken}`, { number: shown.number })}
            </Alert>
          )}
          {children(refused)}
          {refused !== undefined && !told && <Failure error={refused} />}
          <Group justify="flex-end">
            <CancelButton onClick={onClose} />
            <Button type="submit" loading={sending.isPending} disabled={!ready || barred} {...(danger ? { color: 'red' } : {})}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}

type DialogProps = Pick<Props<Asked>, 'onClose'>

function Reason({ value, onChange, error, label, focus = true }: { value: string; onChange: (value: string) => void; error: string | undefined; label: string; focus?: boolean }) {
  return <Textarea label={label} required data-autofocus={focus || undefined} autosize minRows={2} maxRows={10} value={value} error={error} onChange={(e) => onChange(e.currentTarget.value)} />
}

function Cancel({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { ref } = useCard()
  const [reason, setReason] = useState('')
  return (
    <CommandForm
      title={t('cancel.title')}
      submit={t('cancel.submit')}
      danger
      ready={reason.trim() !== ''}
      fields={['/reason']}
      onClose={onClose}
      done={t('cancel.done')}
      send={(key) => decided(api.POST('/api/v1/cases/{id}/cancel', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { reason } }))}
    >
      {(refused) => (
        <>
          <Text size="sm">{t('cancel.text')}</Text>
          <Reason label={t('reason')} value={reason} onChange={setReason} error={refused?.field('/reason')} />
        </>
      )}
    </CommandForm>
  )
}

function Reopen({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { ref, route } = useCard()
  const [reason, setReason] = useState('')
  const [stage, setStage] = useState<string | null>(null)
  const stages = (route?.stages ?? []).filter((s) => s.depth === 0)
  return (
    <CommandForm
      title={t('reopen.title')}
      submit={t('reopen.submit')}
      ready={reason.trim() !== ''}
      fields={['/reason', '/stage']}
      onClose={onClose}
      done={t('reopen.done')}
      send={(key) => decided(api.POST('/api/v1/cases/{id}/reopen', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { reason, ...(stage === null ? {} : { stage }) } }))}
    >
      {(refused) => (
        <>
          <Reason label={t('reason')} value={reason} onChange={setReason} error={refused?.field('/reason')} />
          {stages.length > 0 && (
            <Select
              label={t('reopen.stage')}
              placeholder={t('reopen.same')}
              data={stages.map((s) => ({ value: s.id, label: s.name }))}
              value={stage}
              clearable
              clearButtonProps={{ 'aria-label': t('reopen.same') }}
              error={refused?.field('/stage')}
              onChange={setStage}
            />
          )}
        </>
      )}
    </CommandForm>
  )
}

function Deadline({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const queries = useQueryClient()
  const [before] = useState(shown.due_at)
  const [due, setDue] = useState(shown.due_at ?? null)
  const [reason, setReason] = useState('')
  const send = (key: string) => {
    const editing = editingCase(queries, ref)
    const write = async (body: Schema<'DeadlineBody'>, etag: string) => {
      await decided(api.POST('/api/v1/cases/{id}/deadline', { params: { path: { id: ref }, header: { 'If-Match': etag, 'Idempotency-Key': `${key} ${etag}` } }, body }))
      return editing.read()
    }
    return merge({ ...editing, write }, { due_at: due, reason }, (c) => c.due_at, before)
  }
  return (
    <CommandForm title={t('deadline.title')} submit={t('deadline.submit')} ready={reason.trim() !== ''} fields={['/reason', '/due_at']} onClose={onClose} done={t('deadline.done')} send={send}>
      {(refused) => (
        <>
          <MomentField label={t('deadline.due')} description={t('deadline.none')} usualTime="18:00" value={due} error={refused?.field('/due_at')} onChange={setDue} />
          <Reason label={t('reason')} focus={false} value={reason} onChange={setReason} error={refused?.field('/reason')} />
        </>
      )}
    </CommandForm>
  )
}

/** useForm is the form of an outcome over what the card has already; only what was filled in here is sent. */
function useForm(items: Schema<'Item'>[]) {
  const { shown } = useCard()
  const [values, setValues] = useState<Values>({})
  const facts = useFacts(items, values, shown.id)
  const filled = Object.entries(filledIn(items, values, facts)).map(([field, value]) => [field, sentLines(value)])
  const view = (refused: ApiError | undefined) => (
    <ItemForm enters items={items} values={{ ...shown.fields, ...values }} onChange={(next) => setValues(changes(shown.fields, next))} problem={refused} clientID={shown.client_id} caseID={shown.id} />
  )
  return { view, chosen: Object.keys(values).length > 0, sent: Object.fromEntries(filled) as Values, pointers: items.flatMap((item) => [`/fields/${item.field}`, `/${item.field}`]) }
}

/** changes are the values that are not those the card has. */
const changes = (known: Values, values: Values): Values => Object.fromEntries(Object.entries(values).filter(([field, value]) => known[field] !== value))

function Close({ outcome, onClose }: DialogProps & { outcome: Schema<'Outcome'> }) {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const form = useForm(outcome.form ?? [])
  return (
    <CommandForm
      title={t('close.title', { outcome: outcome.name })}
      submit={outcome.name}
      danger={outcome.finish === 'negative'}
      fields={form.pointers}
      chosen={form.chosen}
      onClose={onClose}
      done={t('close.done', { number: shown.number })}
      send={(key) => decided(api.POST('/api/v1/cases/{id}/close', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { outcome: outcome.id, fields: form.sent } }))}
    >
      {(refused) => (
        <>
          <Text size="sm">{outcome.comment ?? t('close.text')}</Text>
          {form.view(refused)}
        </>
      )}
    </CommandForm>
  )
}

function CloseDeal({ result, onClose }: DialogProps & { result: 'won' | 'lost' }) {
  const { t } = useTranslation('case')
  const { ref, shown, route } = useCard()
  const { t: common } = useTranslation()
  const named = (field: string): Schema<'Item'>[] => (route?.fields ?? []).filter((item) => item.field === field)
  const outcome = (route?.outcomes ?? []).find((one) => one.id === result)
  const amount: Schema<'Item'> = { field: 'amount', type: 'money', name: t('close.amount'), names: { ru: '', en: '' }, required: true, currency: shown.sale?.currency ?? 'RUB' }
  const usual = result === 'won' ? [amount] : [...named('reason').map((item) => ({ ...item, required: true })), ...named('competitor').map((item) => ({ ...item, when: 'reason == "competitor"' }))]
  const form = useForm((outcome?.form ?? []).length > 0 ? (outcome?.form ?? []) : usual)
  const send = (key: string) => {
    const { reason, competitor, ...fields } = form.sent
    const body: Schema<'CloseDealInputBody'> = { result, ...(typeof reason === 'string' ? { reason } : {}), fields: { ...fields, ...(competitor === undefined ? {} : { competitor }) } }
    return decided(api.POST('/api/v1/deals/{id}/close', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body }))
  }
  return (
    <CommandForm title={t('close.title', { outcome: t(`results.${result}`) })} submit={t(`results.${result}`)} danger={result === 'lost'} fields={[...form.pointers, '/competitor_id']} chosen={form.chosen} onClose={onClose} done={t('close.done', { number: shown.number })} send={send}>
      {(refused) => (
        <>
          {form.view(refused)}
          {refused?.field('/competitor_id') !== undefined && <Text c="var(--mantine-color-error)">{refused.field('/competitor_id') ?? common('required')}</Text>}
        </>
      )}
    </CommandForm>
  )
}

/** SwitchToManual is R34: it shows first what will be withdrawn and ended, and wants the case's number typed, as nothing leads back. */
function SwitchToManual({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { ref, shown, route } = useCard()
  const format = useFormat()
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const work = useWork(ref)
  const why = useQuery({ queryKey: [...keys.caseOf(ref), 'why'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/why', { params: { path: { id: ref } } })) })
  const withdrawn = (work.data?.items ?? []).filter((task) => task.status === 'open' && ['stage', 'rule', 'plan'].includes(task.kind))
  const timers = (why.data?.waiting_for ?? []).filter((wait) => ['time', 'event', 'pause', 'delivery'].includes(wait.kind)).map((wait) => wait.text)
  const dues = (route?.stages ?? []).filter((stage) => stage.state === 'current' && stage.due !== undefined).map((stage) => t('manual.stageDue', { stage: stage.name, when: format.moment(stage.due ?? '') }))
  const ended = [...timers, ...dues, ...(shown.due_at === undefined ? [] : [t('manual.caseDue', { when: format.moment(shown.due_at) })])]
  return (
    <CommandForm
      led
      title={t('manual.title')}
      submit={t('manual.submit')}
      danger
      ready={reason.trim() !== '' && typed.trim().toUpperCase() === shown.number}
      fields={['/reason']}
      onClose={onClose}
      done={t('manual.done')}
      send={(key) => decided(api.POST('/api/v1/deals/{id}/switch-to-manual', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { reason } }))}
    >
      {(refused) => (
        <>
          <Text size="sm">{t('manual.text')}</Text>
          <div>
            <Text size="sm" fw={600}>
              {t('manual.withdrawn')}
            </Text>
            <List size="sm">
              {withdrawn.map((task) => (
                <List.Item key={task.id}>{task.name}</List.Item>
              ))}
              {withdrawn.length === 0 && <List.Item>{t('manual.nothing')}</List.Item>}
            </List>
          </div>
          <div>
            <Text size="sm" fw={600}>
              {t('manual.ended')}
            </Text>
            <List size="sm">
              {ended.map((text, i) => (
                <List.Item key={i}>{text}</List.Item>
              ))}
              {ended.length === 0 && <List.Item>{t('manual.nothing')}</List.Item>}
            </List>
          </div>
          <Reason label={t('reason')} value={reason} onChange={setReason} error={refused?.field('/reason')} />
          <TextInput label={t('manual.confirm', { number: shown.number })} value={typed} autoComplete="off" onChange={(e) => setTyped(e.currentTarget.value)} />
        </>
      )}
    </CommandForm>
  )
}

/** FollowUp makes a new case from this one, linked to it (R60): what is not given is carried over. */
function FollowUp({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { shown } = useCard()
  const kinds = useKinds()
  const navigate = useNavigate()
  const { maps } = useMaps()
  const [kind, setKind] = useState(shown.kind)
  const [map, setMap] = useState<string | null>(null)
  const [topic, setTopic] = useState(shown.topic)
  const send = async (key: string) => {
    const request = { params: { header: { 'Idempotency-Key': key } }, body: { parent_id: shown.id, topic, ...(map === null ? {} : { map }) } }
    const calls = {
      appeal: () => api.POST('/api/v1/appeals', request),
      interest: () => api.POST('/api/v1/interests', request),
      deal: () => api.POST('/api/v1/deals', request),
      claim: () => api.POST('/api/v1/claims', request),
    }
    const made = await answer(calls[kind]())
    tell.done(t('followUp.done', { number: made.case.number }))
    void navigate(`/cases/${made.case.number}`)
  }
  const choices = maps.filter((m) => m.process === kind && m.state === 'active')
  return (
    <CommandForm always title={t('followUp.title')} submit={t('followUp.submit')} fields={['/topic', '/map']} onClose={onClose} send={send}>
      {(refused) => (
        <>
          <Text size="sm">{t('followUp.text', { number: shown.number })}</Text>
          <Select
            label={t('kind')}
            data={kinds.map((value) => ({ value, label: common(`kinds.${value}`) }))}
            value={kind}
            allowDeselect={false}
            onChange={(value) => {
              setKind((value ?? 'deal'))
              setMap(null)
            }}
          />
          {choices.length > 1 && <Select label={t('followUp.map')} placeholder={t('followUp.usual')} clearable clearButtonProps={{ 'aria-label': t('followUp.usual') }} data={choices.map((m) => ({ value: m.id, label: m.name }))} value={map} error={refused?.field('/map')} onChange={setMap} />}
          <TextInput label={t('topic')} data-autofocus value={topic} maxLength={1000} error={refused?.field('/topic')} onChange={(e) => setTopic(e.currentTarget.value)} />
        </>
      )}
    </CommandForm>
  )
}

/** Payments lists the money that came in, and records more of it (R11). */
function Payments({ onClose }: DialogProps) {
  const { t } = useTranslation('case')
  const { ref, shown, standing } = useCard()
  const format = useFormat()
  const list = useQuery({ queryKey: [...keys.caseOf(ref), 'payments'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/payments', { params: { path: { id: ref } } })) })
  const [amount, setAmount] = useState('')
  const [paidOn, setPaidOn] = useState(() => format.dayKey(new Date()))
  const [document, setDocument] = useState('')
  const payments = list.data?.items ?? []
  const currency = shown.sale?.currency ?? 'RUB'
  const table = (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('payments.paidOn')}</Table.Th>
          <Table.Th>{t('payments.document')}</Table.Th>
          <Table.Th ta="right">{t('payments.amount')}</Table.Th>
          <Table.Th />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {payments.map((payment) => (
          <Table.Tr key={payment.id} td={payment.withdrawn_at === undefined ? undefined : 'line-through'}>
            <Table.Td>{format.calendarDate(payment.paid_on)}</Table.Td>
            <Table.Td>{payment.document}</Table.Td>
            <Table.Td ta="right">{format.money(payment.amount, payment.currency)}</Table.Td>
            <Table.Td ta="right">
              {payment.withdrawn_at === undefined && standing.works ? (
                <Withdraw payment={payment} />
              ) : (
                payment.withdrawn_at !== undefined && t('payments.withdrawn')
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
  // What one is typing stays when a colleague closes the case: sent, it is told so.
  if (!standing.works || (shown.status !== 'open' && amount === '' && document === '')) {
    return (
      <Window opened onClose={onClose} title={t('commands.payments')} size="lg">
        {payments.length === 0 ? <Text size="sm">{t('payments.none')}</Text> : table}
      </Window>
    )
  }
  return (
    <CommandForm
      always
      title={t('commands.payments')}
      submit={t('payments.add')}
      ready={amount !== ''}
      fields={['/amount', '/paid_on', '/document']}
      onClose={onClose}
      done={t('payments.done')}
      send={(key) => answer(api.POST('/api/v1/cases/{id}/payments', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { amount, currency, paid_on: paidOn, ...(document.trim() === '' ? {} : { document }) } }))}
    >
      {(refused) => (
        <>
          {payments.length > 0 && table}
          <Group align="flex-start" grow>
            <DecimalField label={t('payments.amount')} required sign={currency} value={amount} onChange={(value) => setAmount(value ?? '')} error={refused?.field('/amount')} />
            <DayField label={t('payments.paidOn')} required value={paidOn} error={refused?.field('/paid_on')} onChange={(day) => setPaidOn(day ?? '')} />
          </Group>
          <TextInput label={t('payments.document')} value={document} error={refused?.field('/document')} onChange={(e) => setDocument(e.currentTarget.value)} />
        </>
      )}
    </CommandForm>
  )
}

/** Withdraw takes back a payment that was recorded by mistake, after a question: nothing brings it back. */
function Withdraw({ payment }: { payment: Schema<'Payment'> }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { again } = useCard()
  const format = useFormat()
  const request = useRequestKey()
  const withdraw = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/payments/{id}/withdraw', { params: { path: { id: payment.id }, header: { 'Idempotency-Key': request.key } } })),
    onSuccess: again,
    onError: (error) => {
      request.refused(error)
      tell.problem(error)
    },
  })
  const ask = () =>
    askFirst({
      title: t('payments.withdrawTitle', { amount: format.money(payment.amount, payment.currency) }), children: <Text size="sm">{t('payments.withdrawText')}</Text>,
      labels: { cancel: common('cancel'), confirm: t('payments.withdraw') }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: () => withdraw.mutate(),
    })
  return (
    <Button size="compact-sm" variant="subtle" color="red" loading={withdraw.isPending} onClick={ask}>
      {t('payments.withdraw')}
    </Button>
  )
}
