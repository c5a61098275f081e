import { Button, Group, Radio, Select, Skeleton, Stack, Textarea, TextInput } from '@mantine/core'
import { useMergedRef, useWindowEvent } from '@mantine/hooks'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError, type ApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Empty } from '@/ui/Empty'
import { same } from '@/ui/edit/merge'
import { useKept } from '@/ui/edit/useKept'
import { Failure } from '@/ui/Failure'
import { filledIn, ItemForm, useFacts } from '@/ui/fields/ItemForm'
import { KindChoice } from '@/ui/interactions/KindChoice'
import { Page } from '@/ui/Page'
import { tell } from '@/ui/tell'
import { useToRefused } from '@/ui/useToRefused'

import { Duplicates } from '@/ui/clients/Duplicates'
import { bodyOf, furtherItems, wantsSource, type Request, type Who } from './request'
import { WhoField } from './WhoField'

/** Accept registers a request by the keyboard alone: who, as what, and what was said (R1, R38, R41). */
export default function Accept() {
  const { t } = useTranslation('accept')
  const works = useRight('work')
  const offers = useQuery({ queryKey: [...keys.routeMaps, 'acceptance'], queryFn: () => answer(api.GET('/api/v1/acceptance')) })
  const [round, setRound] = useState(0)
  // From the card of a client one comes with him.
  const [params] = useSearchParams()
  const of = params.get('client')
  const client = useQuery({ queryKey: [...keys.client(of ?? ''), 'card'], queryFn: () => answer(api.GET('/api/v1/clients/{id}', { params: { path: { id: of ?? '' } } })), enabled: of !== null, retry: false })
  return (
    <Page title={t('title')} wide={false}>
      {!works || offers.data?.items?.length === 0 ? (
        <Empty title={t('notYours')} />
      ) : offers.isError && offers.data === undefined ? (
        <Failure error={offers.error} onRetry={() => void offers.refetch()} />
      ) : offers.isPending || client.isLoading ? (
        <Skeleton height={420} radius="md" />
      ) : (
        <Wizard key={`${of ?? ''} ${round}`} offers={offers.data.items ?? []} client={round === 0 ? client.data : undefined} onAgain={() => setRound(round + 1)} />
      )}
    </Page>
  )
}

const known = (client: Schema<'Client'>): Who => ({ kind: 'known', clientID: client.id, clientName: client.name, contactID: null })

const nothing: Request = { who: undefined, words: '', as: 'appeal', map: null, kind: 'call', topic: '', content: '', source: null, lostReason: null, fields: {} }

function Wizard({ offers, client, onAgain }: { offers: Schema<'Acceptance'>[]; client: Schema<'Client'> | undefined; onAgain: () => void }) {
  const { t } = useTranslation('accept')
  const [empty] = useState<Request>(() => ({ ...nothing, who: client && known(client), as: offers.find((offer) => offer.as === 'appeal')?.as ?? offers[0]?.as ?? 'lost' }))
  // Whoever looks something up meanwhile finds what he has typed when he comes back.
  const place = client === undefined ? 'accept' : `accept.${client.id}`
  const { value: request, set, drop, giveBack } = useKept(place, empty)
  const setRequest = (next: Request) => set(() => next)
  const change = (changed: Partial<Request>) => setRequest({ ...request, ...changed })
  const offer = offers.find((one) => one.as === request.as)
  const map = offer?.maps?.find((one) => one.id === request.map) ?? offer?.maps?.[0]
  const items = furtherItems(map)
  const facts = useFacts(items, request.fields, undefined)
  const accept = useAccept(drop, onAgain)
  const [tried, setTried] = useState(false)
  const problem = accept.error === null ? undefined : asApiError(accept.error)
  const send = (sent: Request) => {
    setTried(true)
    setRequest(sent)
    if (missing(sent, map).length === 0 && !accept.isPending) accept.mutate(bodyOf({ ...sent, map: sent.as === 'lost' ? null : (map?.id ?? null) }, filledIn(items, sent.fields, facts)))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(request)
  }
  const form = useRef<HTMLFormElement>(null)
  const ref = useMergedRef(form, useToRefused<HTMLFormElement>(accept.error))
  // Wherever the keyboard is, on nothing at all too; a window that is open has keys of its own.
  useWindowEvent('keydown', (event) => {
    const here = event.target === document.body || (event.target instanceof Node && form.current?.contains(event.target) === true)
    if (!here || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    form.current?.requestSubmit()
  })
  const asChoice = useRef<HTMLDivElement>(null)
  const setWho = (who: Who | undefined) => {
    change({ who, words: '' })
    // With a contact both fields are filled in: the keyboard goes on with the one after them.
    if (request.who?.kind !== 'known' && who?.kind === 'known' && who.contactID !== null) asChoice.current?.querySelector<HTMLInputElement>('input:checked')?.focus()
  }
  const errors = useErrors(tried ? missing(request, map) : [], problem)
  const duplicates = problem?.code === 'possible_duplicates' ? problem : undefined
  const choose = async (id: string) => {
    try {
      const client = await answer(api.GET('/api/v1/clients/{id}', { params: { path: { id } } }))
      send({ ...request, who: known(client), words: '' })
    } catch (error) {
      tell.problem(error)
    }
  }
  return (
    <form ref={ref} className="panel" style={{ padding: 16 }} onSubmit={submit} noValidate>
      <Stack gap="md">
        <WhoField value={request.who} words={request.words} onWords={(words) => change({ words })} onChange={setWho} error={errors('client_id') ?? (errors('who') !== undefined && request.words.trim() !== '' ? t('who.unchosen') : errors('who'))} />
        {request.who?.kind === 'new' && <NewClient who={request.who} onChange={(who) => change({ who })} errors={errors} />}
        <Radio.Group ref={asChoice} label={t('as.label')} value={request.as} onChange={(as) => change({ as, map: null, fields: {} })} error={errors('as')}>
          <Group gap="lg" mt={6}>
            {offers.map((one) => (
              <Radio key={one.as} value={one.as} label={t(`as.${one.as}`)} />
            ))}
          </Group>
        </Radio.Group>
        {(offer?.maps?.length ?? 0) > 1 && (
          <Select label={t('map')} description={map?.comment} data={(offer?.maps ?? []).map((one) => ({ value: one.id, label: one.name }))} value={map?.id ?? null} onChange={(chosen) => change({ map: chosen, fields: {} })} allowDeselect={false} error={errors('map')} />
        )}
        {request.as === 'lost' && (
          <Select label={t('lostReason')} required searchable data={(offer?.reasons ?? []).map((reason) => ({ value: reason.key, label: reason.name }))} value={request.lostReason} onChange={(lostReason) => change({ lostReason })} error={errors('lost_reason')} />
        )}
        <TextInput label={t('topic')} required value={request.topic} onChange={(event) => change({ topic: event.currentTarget.value })} error={errors('topic')} maxLength={500} />
        <Textarea label={t('content')} value={request.content} onChange={(event) => change({ content: event.currentTarget.value })} error={errors('content')} autosize minRows={3} maxRows={12} maxLength={20000} />
        {request.as !== 'lost' && <SourceField required={wantsSource(map)} value={request.source} onChange={(source) => change({ source })} error={errors('source')} />}
        {request.as !== 'lost' && items.length > 0 && <ItemForm enters items={items} values={request.fields} onChange={(fields) => change({ fields })} problem={problem} clientID={request.who?.kind === 'known' ? request.who.clientID : undefined} />}
        <KindChoice label={t('kind')} value={request.kind} onChange={(kind) => change({ kind })} error={errors('kind')} />
        {duplicates && request.who?.kind === 'new' && <Duplicates problem={duplicates} onChoose={(id) => void choose(id)} onAnyway={() => request.who?.kind === 'new' && send({ ...request, who: { ...request.who, anyway: true } })} />}
        {problem !== undefined && duplicates === undefined && !shownBeside(problem, items) && <Failure error={problem} />}
        <Group justify="flex-end">
          <Button type="submit" size="md" loading={accept.isPending} rightSection={<kbd className="mantine-visible-from-sm">Ctrl ↵</kbd>} aria-keyshortcuts="Control+Enter">
            {t('submit')}
          </Button>
          {!same(request, empty) && (
            <Button
              variant="subtle"
              style={{ order: -1 }} // before it, but the keyboard comes to what one is here for first
              onClick={() => {
                drop()
                accept.reset()
                setTried(false)
                // This button goes: one begins anew.
                requestAnimationFrame(() => form.current?.querySelector('input')?.focus())
                tell.done(t('cleared'), () => giveBack(request))
              }}
            >
              {t('clear')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}

/** useAccept sends the request, and goes on to what it has become: the new card, or the next request after a lost one. */
function useAccept(drop: () => void, onAgain: () => void) {
  const { t } = useTranslation('accept')
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { key, refused } = useRequestKey()
  return useMutation({
    mutationFn: (body: Schema<'AcceptInputBody'>) => answer(api.POST('/api/v1/acceptance', { params: { header: { 'Idempotency-Key': key } }, body })),
    onError: refused,
    onSuccess: (made) => {
      drop()
      for (const root of [keys.tasks, keys.agenda, keys.interactions, keys.cases, keys.sales, keys.clients]) void queries.invalidateQueries({ queryKey: root })
      if (made.case === undefined) {
        tell.done(t('done.lost'))
        onAgain()
        return
      }
      const next = made.next_tasks?.[0]
      tell.done(next === undefined ? t('done.accepted', { number: made.case.number }) : t('done.next', { number: made.case.number, task: next.name }))
      void navigate(`/cases/${made.case.number}`)
    },
  })
}

/** missing names what has to be given before anything is sent. */
function missing(request: Request, map: Schema<'OfferedMap'> | undefined): string[] {
  const { who } = request
  return [
    ...(who === undefined ? ['who'] : []),
    ...(who?.kind === 'new' && who.name.trim() === '' ? ['client/name'] : []),
    ...(request.topic.trim() === '' ? ['topic'] : []),
    ...(request.as === 'lost' && request.lostReason === null ? ['lost_reason'] : []),
    ...(request.as !== 'lost' && wantsSource(map) && request.source === null ? ['source'] : []),
  ]
}

type ErrorOf = (field: string) => string | undefined

function useErrors(lacks: string[], problem: ApiError | undefined): ErrorOf {
  const { t } = useTranslation()
  return (field) => (lacks.includes(field) ? t('required') : problem?.field(`/${field}`))
}

/** shownBeside tells whether a refusal is about fields that say it themselves. */
function shownBeside(problem: ApiError, items: Schema<'Item'>[]): boolean {
  const own = ['/client_id', '/client/name', '/client/phone', '/client/email', '/as', '/map', '/lost_reason', '/topic', '/content', '/source', '/kind', ...items.map((item) => `/fields/${item.field}`)]
  return own.some((pointer) => problem.field(pointer) !== undefined)
}

type Stranger = Extract<Request['who'], { kind: 'new' }>

function NewClient({ who, onChange, errors }: { who: Stranger; onChange: (who: Stranger) => void; errors: ErrorOf }) {
  const { t } = useTranslation('accept')
  const set = (changed: Partial<Stranger>) => onChange({ ...who, ...changed, anyway: false })
  return (
    <Stack gap="sm">
      <Group gap="sm" grow align="flex-start" preventGrowOverflow={false}>
        <TextInput label={t('new.name')} required autoFocus={who.name === ''} value={who.name} onChange={(event) => set({ name: event.currentTarget.value })} error={errors('client/name')} maxLength={300} miw={200} />
        <TextInput label={t('new.phone')} type="tel" autoFocus={who.name !== ''} value={who.phone} onChange={(event) => set({ phone: event.currentTarget.value })} error={errors('client/phone')} maxLength={300} miw={140} />
        <TextInput label={t('new.email')} type="email" value={who.email} onChange={(event) => set({ email: event.currentTarget.value })} error={errors('client/email')} maxLength={300} miw={160} />
      </Group>
      <Radio.Group label={t('new.kind')} value={who.individual ? 'individual' : 'company'} onChange={(kind) => set({ individual: kind === 'individual' })}>
        <Group gap="lg" mt={4}>
          <Radio value="company" label={t('new.company')} />
          <Radio value="individual" label={t('new.individual')} />
        </Group>
      </Radio.Group>
    </Stack>
  )
}

function SourceField({ required, value, onChange, error }: { required: boolean; value: string | null; onChange: (source: string | null) => void; error: string | undefined }) {
  const { t } = useTranslation('accept')
  const { t: common } = useTranslation()
  const { lang } = useFormat()
  const sources = useQuery({ queryKey: keys.reference('acquisition-sources'), queryFn: () => answer(api.GET('/api/v1/acquisition-sources')), staleTime: 60_000 })
  const data = (sources.data?.items ?? []).filter((source) => source.archived !== true).map((source) => ({ value: source.key, label: source.name[lang] }))
  return <Select label={t('source')} required={required} searchable clearable={!required} allowDeselect={false} selectFirstOptionOnChange autoSelectOnBlur nothingFoundMessage={common('pick.nothing')} clearButtonProps={{ 'aria-label': common('clear') }} data={data} value={value} onChange={onChange} error={error} />
}
