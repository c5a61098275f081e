import { ActionIcon, Autocomplete, Anchor, Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconClock, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useFormat } from '@/i18n/useFormat'
import { DetailList } from '@/ui/clients/DetailList'
import { isMail, isPhone } from '@/ui/clients/details'
import { AttributeInPlace } from '@/ui/edit/AttributeInPlace'
import { InPlace } from '@/ui/edit/InPlace'
import { keptBelow } from '@/ui/edit/kept'
import { KindBadge, StatusBadge, When } from '@/ui/bits'
import { FieldValue, isGiven, sentLines } from '@/ui/edit/values'
import { ItemField, type AskedItem } from '@/ui/fields/ItemField'
import { Files } from '@/ui/files/Files'
import { ClientPicker, ContactPicker, UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { Block } from '@/ui/Block'
import { partyPath, useCard, useParticipants } from './card'

/** Details are all that is written on the card: the client, the fields of its map, own attributes, who takes part, related cases. */
export function Details() {
  return (
    <>
      <ClientBlock />
      <Fields />
      <Participants />
      <CaseFiles />
      <Related />
    </>
  )
}

/** useParties reads the card of the client and of the contact that the case is with. */
export function useParties(shown: { client_id?: string; contact_id?: string }) {
  const { client_id: client = '', contact_id: contact = '' } = shown
  const clientCard = useQuery({ queryKey: [...keys.client(client), 'card'], queryFn: () => answer(api.GET('/api/v1/clients/{id}', { params: { path: { id: client } } })), enabled: client !== '' })
  const contactCard = useQuery({ queryKey: [...keys.contact(contact), 'card'], queryFn: () => answer(api.GET('/api/v1/contacts/{id}', { params: { path: { id: contact } } })), enabled: contact !== '' })
  return { client: clientCard.data, contact: contactCard.data }
}

function ClientBlock() {
  const { t } = useTranslation('case')
  const { shown, standing, change } = useCard()
  const { client, contact } = useParties(shown)
  const format = useFormat()
  const editable = shown.status === 'open' && standing.directs
  return (
    <Block title={t('reach')}>
      <Stack gap={8}>
        {shown.client_time !== undefined && <ClientTime at={shown.client_time} />}
        <Reachable details={client?.details} />
        <InPlace
          label={t('contact')}
          value={shown.contact_id ?? null}
          editable={editable && shown.client_id !== undefined}
          shown={(id) => id !== null && <PartyLink to={`/contacts/${id}`} name={contact?.name ?? '…'} />}
          input={(draft, set, error) => <ContactPicker aria-label={t('contact')} client={shown.client_id ?? null} value={draft} onChange={set} error={error} />}
          confirmed
          save={(draft, before) => change({ contact_id: draft }, (c) => c.contact_id ?? null, before)}
          problem={(error) => error.field('/contact_id')}
        />
        {contact?.position !== undefined && (
          <Text size="xs" c="dimmed">
            {contact.position}
          </Text>
        )}
        <Reachable details={contact?.details} />
        <Text size="xs" c="dimmed">
          {t('createdAt', { when: format.moment(shown.created_at) })}
        </Text>
      </Stack>
    </Block>
  )
}

/** ClientInPlace is whose case it is; who directs it may put it right. */
export function ClientInPlace() {
  const { t } = useTranslation('case')
  const { shown, standing, change } = useCard()
  const { client } = useParties(shown)
  return (
    <InPlace
      label={t('client')}
      value={shown.client_id ?? null}
      editable={shown.status === 'open' && standing.directs}
      shown={(id) => id !== null && <PartyLink to={`/clients/${id}`} name={id === shown.client_id ? (shown.client_name ?? '') : (client?.name ?? '…')} />}
      input={(draft, set, error) => <ClientPicker aria-label={t('client')} value={draft} onChange={set} error={error} clearable={false} />}
      confirmed
      save={(draft, before) => (draft === null ? Promise.resolve() : change({ client_id: draft }, (c) => c.client_id ?? null, before))}
      problem={(error) => error.field('/client_id')}
    />
  )
}

function PartyLink({ to, name }: { to: string; name: string }) {
  return (
    <Anchor component={Link} to={to} inherit style={{ overflowWrap: 'anywhere' }}>
      {name}
    </Anchor>
  )
}

/** ClientTime is what time it is at the client's (R8): it comes with its own distance from UTC. */
function ClientTime({ at }: { at: string }) {
  const { t } = useTranslation('case')
  return (
    <Group gap={6} wrap="nowrap">
      <IconClock size={15} aria-hidden />
      <Text size="sm">{t('clientTime', { time: at.slice(11, 16) })}</Text>
    </Group>
  )
}

/** Reachable are the numbers and addresses one can reach somebody by, without those that only say where he is. */
function Reachable({ details }: { details: Schema<'ContactDetail'>[] | null | undefined }) {
  const reach = (details ?? []).filter(({ kind }) => isMail(kind) || (isPhone(kind) && kind !== 'fax'))
  return reach.length === 0 ? null : <DetailList details={reach} />
}

function Fields() {
  const { t } = useTranslation('case')
  const { shown, route, standing, change } = useCard()
  // The fields that were in sight when the rest was asked for: they stay where they are, and the rest comes below them.
  const { pathname } = useLocation()
  // What waits in one of them, not saved, is not hidden.
  const [above, setAbove] = useState<string[] | undefined>(() => (keptBelow(`field.${pathname}.`) ? [] : undefined))
  const sources = useSources()
  const attributes = useQuery({ queryKey: keys.attributes, queryFn: () => answer(api.GET('/api/v1/attributes')), staleTime: 60_000 })
  const own = (attributes.data?.items ?? []).filter((a) => a.subject === shown.kind && (!a.archived || isGiven(shown.attributes[a.key])))
  const editable = shown.status === 'open' && standing.partakes
  const items = route?.fields ?? []
  const given = own.filter((attribute) => isGiven(shown.attributes[attribute.key]))
  const inSight = above === undefined ? items.filter((item) => isGiven(shown.fields[item.field]) || item.required || item.field === 'potential') : items.filter((item) => above.includes(item.field))
  const rest = items.filter((item) => !inSight.includes(item))
  const folded = rest.length + own.length - given.length
  const title = shown.kind === 'claim' ? t('claim') : shown.kind === 'appeal' ? t('fields') : t('sale')
  return (
    <Block title={title}>
      <Stack gap={8}>
        <InPlace
          label={t('source')}
          value={shown.source ?? ''}
          editable={editable}
          shown={(source) => sources.find((one) => one.key === source)?.name ?? source}
          input={(draft, set, error) => <SourceInput value={draft} onChange={set} error={error} />}
          save={(draft, before) => change({ source: draft }, (c) => c.source ?? '', before)}
          problem={(error) => error.field('/source')}
        />
        {inSight.map((item) => (
          <FieldInPlace key={item.field} item={item} editable={editable} />
        ))}
        {shown.sale?.demand_sum !== undefined && <DemandSum amount={shown.sale.demand_sum} currency={shown.sale.currency} />}
        {above !== undefined && rest.map((item) => <FieldInPlace key={item.field} item={item} editable={editable} />)}
        {(above === undefined ? given : own).map((attribute) => (
          <AttributeInPlace key={attribute.key} attribute={attribute} values={shown.attributes} editable={editable} save={(attributes, before) => change({ attributes }, (c) => c.attributes[attribute.key] ?? null, before)} />
        ))}
        {(above !== undefined || folded > 0) && (
          <Group>
            <Button size="compact-sm" variant="subtle" px={4} aria-expanded={above !== undefined} onClick={() => setAbove(above === undefined ? inSight.map((item) => item.field) : undefined)}>
              {above !== undefined ? t('fewerFields') : t('allFields', { count: folded })}
            </Button>
          </Group>
        )}
      </Stack>
    </Block>
  )
}

function FieldInPlace({ item, editable }: { item: AskedItem; editable: boolean }) {
  const { shown, change } = useCard()
  return (
    <InPlace<unknown>
      label={item.name}
      part={`fields.${item.field}`}
      value={(shown.fields[item.field] ?? null)}
      editable={editable}
      shown={(value) => isGiven(value) && <FieldValue item={item} value={value} currency={shown.sale?.currency} />}
      input={(draft, set, error) => <ItemField bare item={item} value={draft} onChange={(value) => set(value ?? null)} error={error} clientID={shown.client_id} caseID={shown.id} />}
      save={(draft, before) => change({ fields: { [item.field]: item.type === 'lines' ? sentLines(draft) : draft } }, (c) => c.fields[item.field] ?? null, before)}
      problem={(error) => error.field(`/fields/${item.field}`)}
    />
  )
}

function DemandSum({ amount, currency }: { amount: string; currency: string }) {
  const { t } = useTranslation('case')
  const format = useFormat()
  return (
    <Text size="sm">
      {t('demandSum')} <b>{format.money(amount, currency)}</b>
    </Text>
  )
}

function SourceInput({ value, onChange, error }: { value: string; onChange: (value: string) => void; error: string | undefined }) {
  const { t } = useTranslation('case')
  const sources = useSources()
  return (
    <Autocomplete
      aria-label={t('source')}
      data={sources.filter((source) => !source.archived).map((source) => source.name)}
      value={sources.find((source) => source.key === value)?.name ?? value}
      maxLength={200}
      error={error}
      onChange={(typed) => onChange(sources.find((source) => source.name === typed)?.key ?? typed)}
    />
  )
}

const roles = ['customer', 'competitor', 'partner', 'supplier', 'expert', 'decision-maker', 'observer', 'colleague', 'other'] as const

function Participants() {
  const { t } = useTranslation('case')
  const { ref, shown, standing, again } = useCard()
  const list = useParticipants(ref)
  const [adding, setAdding] = useState(false)
  const editable = shown.status === 'open' && standing.partakes
  const remove = useMutation({
    mutationFn: (participant: string) => answer(api.DELETE('/api/v1/cases/{id}/participants/{participant}', { params: { path: { id: ref, participant } } })),
    onSuccess: again,
    onError: tell.problem,
  })
  const items = list.data?.items ?? []
  return (
    <Block
      title={t('participants.title')}
      actions={
        editable && !adding ? (
          <Button size="compact-sm" variant="subtle" onClick={() => setAdding(true)}>
            {t('participants.add')}
          </Button>
        ) : undefined
      }
    >
      <Stack gap={6}>
        {items.length === 0 && !adding && (
          <Text size="sm" c="dimmed">
            {t('participants.none')}
          </Text>
        )}
        {items.map((participant) => {
          const to = partyPath({ ...(participant.client_id === undefined ? {} : { client_id: participant.client_id }), ...(participant.contact_id === undefined ? {} : { contact_id: participant.contact_id }) })
          return (
            <Group key={participant.id} justify="space-between" wrap="nowrap" gap={4}>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {to === undefined ? participant.name : <PartyLink to={to} name={participant.name} />}{' '}
                <Text span size="xs" c="dimmed">
                  {t(`participants.roles.${participant.role}`)}
                </Text>
              </Text>
              {editable && (
                <ActionIcon variant="subtle" color="gray" size={28} loading={remove.isPending && remove.variables === participant.id} onClick={() => remove.mutate(participant.id)} aria-label={t('participants.remove', { name: participant.name })}>
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              )}
            </Group>
          )
        })}
        {adding && <NewParticipant onEnd={() => setAdding(false)} />}
      </Stack>
    </Block>
  )
}

function NewParticipant({ onEnd }: { onEnd: () => void }) {
  const { t } = useTranslation('case')
  const { t: common } = useTranslation()
  const { ref, again } = useCard()
  const [role, setRole] = useState<(typeof roles)[number]>('colleague')
  const [who, setWho] = useState<'user' | 'client' | 'contact'>('user')
  const [id, setID] = useState<string | null>(null)
  const { key, refused: next } = useRequestKey()
  const add = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/cases/{id}/participants', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { role, ...(who === 'user' ? { user_id: id ?? '' } : who === 'client' ? { client_id: id ?? '' } : { contact_id: id ?? '' }) } })),
    onSuccess: () => {
      again()
      onEnd()
    },
    onError: next,
  })
  const refused = add.isError ? asApiError(add.error) : undefined
  const picker = { value: id, onChange: setID, required: true, error: refused && (refused.problem.errors?.[0]?.detail ?? refused.problem.title) }
  const choose = (next: string | null) => {
    setRole((next ?? 'other') as typeof role)
    setID(null)
    setWho(next === 'colleague' || next === 'observer' ? 'user' : next === 'decision-maker' || next === 'expert' ? 'contact' : 'client')
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (id !== null) add.mutate()
      }}
    >
      <Stack gap={8}>
        <Select label={t('participants.role')} data={roles.map((value) => ({ value, label: t(`participants.roles.${value}`) }))} value={role} onChange={choose} allowDeselect={false} />
        <Select
          label={t('participants.who')}
          data={(['user', 'client', 'contact'] as const).map((value) => ({ value, label: common(`pick.${value}`) }))}
          value={who}
          allowDeselect={false}
          onChange={(value) => {
            setWho((value ?? 'user'))
            setID(null)
          }}
        />
        {who === 'user' ? <UserPicker label={common('pick.user')} {...picker} /> : who === 'client' ? <ClientPicker label={common('pick.client')} {...picker} /> : <ContactPicker label={common('pick.contact')} {...picker} />}
        <Group gap="xs">
          <Button type="submit" size="compact-md" loading={add.isPending} disabled={id === null}>
            {t('participants.add')}
          </Button>
          <Button size="compact-md" variant="default" onClick={onEnd}>
            {common('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** CaseFiles are those on the case and on its interactions (R10); they are added where one writes. */
function CaseFiles() {
  const { ref, mayWork } = useCard()
  return <Files of="cases" id={ref} root={keys.caseOf(ref)} editable={mayWork} listOnly />
}

function Related() {
  const { t } = useTranslation('case')
  const { shown } = useCard()
  const userName = useUserName()
  const children = useQuery({ queryKey: [...keys.cases, 'of', shown.id], queryFn: () => answer(api.GET('/api/v1/cases', { params: { query: { parent: shown.id, limit: 50 } } })) })
  const parent = useQuery({
    queryKey: [...keys.caseOf(shown.parent_id ?? ''), 'parent'],
    queryFn: () => answer(api.GET('/api/v1/cases/{id}', { params: { path: { id: shown.parent_id ?? '' } } })),
    enabled: shown.parent_id !== undefined,
    retry: false,
  })
  const items = [...(parent.data === undefined ? [] : [parent.data]), ...(children.data?.items ?? [])]
  if (items.length === 0) return null
  return (
    <Block title={t('related')}>
      <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {items.map((one) => (
          <li key={one.id}>
            <Group gap={6}>
              <KindBadge kind={one.kind} />
              <StatusBadge status={one.status} />
              {one.id === shown.parent_id && (
                <Text size="xs" c="dimmed">
                  {t('madeFrom')}
                </Text>
              )}
            </Group>
            <Anchor component={Link} to={`/cases/${one.number}`} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {one.number} {one.topic}
            </Anchor>
            <Text size="xs" c="dimmed">
              {userName(one.responsible_id)} · <When at={one.created_at} />
            </Text>
          </li>
        ))}
      </Stack>
    </Block>
  )
}
