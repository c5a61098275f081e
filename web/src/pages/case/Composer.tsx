import { Button, Combobox, Group, MultiSelect, Select, Stack, Tabs, Text, Textarea, TextInput, useCombobox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUsers } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useKept } from '@/ui/edit/useKept'
import { Failure } from '@/ui/Failure'
import { Uploads } from '@/ui/files/Uploads'
import { NewTaskForm } from '@/ui/tasks/NewTaskForm'
import { tell } from '@/ui/tell'

import { useCard } from './card'
import classes from './case.module.css'
import { useParties } from './Details'

/** Composer adds to the case: what one says, sends, attaches or asks of a colleague (R9, R10, R42). */
export function Composer() {
  const { t } = useTranslation('case')
  const { shown, standing } = useCard()
  const { value: chosenTab, set: setTab } = useKept<string | null>(`case.${shown.id}.tab`, 'comment')
  const open = shown.status === 'open'
  const writes = open && standing.works && shown.client_id !== undefined
  // What was chosen once may be offered no more: a closed case has no letters.
  const tab = !writes && (chosenTab === 'letter' || chosenTab === 'sms') ? 'comment' : chosenTab
  return (
    <Tabs value={tab} onChange={(chosen) => setTab(() => chosen)} variant="pills" keepMounted={false} aria-label={t('composer.title')}>
      <Tabs.List mb={6} className={classes.tabs ?? ''} aria-label={t('composer.title')}>
        <Tabs.Tab value="comment">
          {t('composer.comment')}
        </Tabs.Tab>
        <Tabs.Tab value="note">
          {t('composer.note')}
        </Tabs.Tab>
        {writes && (
          <Tabs.Tab value="letter">
            {t('composer.letter')}
          </Tabs.Tab>
        )}
        {writes && (
          <Tabs.Tab value="sms">
            {t('composer.sms')}
          </Tabs.Tab>
        )}
        <Tabs.Tab value="file">
          {t('composer.file')}
        </Tabs.Tab>
        <Tabs.Tab value="task">
          {t('composer.task')}
        </Tabs.Tab>
        <Tabs.Tab value="assignment">
          {t('composer.assignment')}
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="comment">
        <CommentForm kind="comment" />
      </Tabs.Panel>
      <Tabs.Panel value="note">
        <CommentForm kind="note" />
      </Tabs.Panel>
      <Tabs.Panel value="letter">
        <LetterForm />
      </Tabs.Panel>
      <Tabs.Panel value="sms">
        <SMSForm />
      </Tabs.Panel>
      <Tabs.Panel value="file">
        <FileForm />
      </Tabs.Panel>
      <Tabs.Panel value="task">
        <NewTaskForm kind="personal" caseID={shown.id} keptAs={`case.${shown.id}.task`} />
      </Tabs.Panel>
      <Tabs.Panel value="assignment">
        <NewTaskForm kind="assignment" caseID={shown.id} keptAs={`case.${shown.id}.assignment`} />
      </Tabs.Panel>
    </Tabs>
  )
}

/** useSend sends what a form has, once however often it is tried; what was refused is another request when it is corrected. */
function useSend<T>(value: T, send: (key: string) => Promise<unknown>, done: string, onDone: (sent: T) => void) {
  const { again } = useCard()
  const request = useRequestKey()
  const sending = useMutation<unknown, Error, T>({
    mutationFn: () => send(request.key),
    onSuccess: (_, sent) => {
      request.done()
      again()
      tell.done(done)
      onDone(sent)
    },
    onError: request.refused,
  })
  return { send: () => !sending.isPending && sending.mutate(value), pending: sending.isPending, refused: sending.isError ? asApiError(sending.error) : undefined }
}

interface FrameProps {
  sending: ReturnType<typeof useSend>
  ready: boolean
  submit: string
  /** Pointers of fields that show by themselves what is wrong with them. */
  fields: string[]
  /** What is sent is one field: the button stands beside it. */
  short?: boolean
  children: ReactNode
}

function Frame({ sending, ready, submit, fields, short = false, children }: FrameProps) {
  const { refused } = sending
  const button = (
    <Button type="submit" px="sm" loading={sending.pending} disabled={!ready}>
      {submit}
    </Button>
  )
  const told = refused !== undefined && fields.some((pointer) => refused.field(pointer) !== undefined)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) sending.send()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && ready) {
          event.preventDefault()
          sending.send()
        }
      }}
    >
      <Stack gap="xs">
        {short ? (
          <Group gap="xs" align="flex-end" justify="flex-end">
            <div style={{ flex: '1 1 260px' }}>{children}</div>
            {button}
          </Group>
        ) : (
          children
        )}
        {refused !== undefined && !told && <Failure error={refused} />}
        {!short && <Group justify="flex-end">{button}</Group>}
      </Stack>
    </form>
  )
}

function CommentForm({ kind }: { kind: 'comment' | 'note' }) {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const { value: text, set: setText, drop } = useKept(`case.${shown.id}.${kind}`, '')
  const sending = useSend(
    text,
    (key) => answer(api.POST('/api/v1/cases/{id}/comments', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { kind, text } })),
    t('composer.done'),
    (sent) => {
      drop(sent)
      // Who has typed on meanwhile has that left to send.
      setText((now) => (now.startsWith(sent) ? now.slice(sent.length).trimStart() : now))
    },
  )
  return (
    <Frame sending={sending} ready={text.trim() !== ''} submit={t(`composer.add.${kind}`)} fields={['/text']} short>
      <MentionArea label={t(`composer.${kind}`)} placeholder={t('composer.mention')} value={text} onChange={(typed) => setText(() => typed)} error={sending.refused?.field('/text')} />
    </Frame>
  )
}

const mentionBefore = /(^|\s)@([\p{L}\d._-]*)$/u

/** MentionArea is a text in which “@” offers colleagues to name. */
export function MentionArea({ label, placeholder, value, onChange, error }: { label: string; placeholder: string; value: string; onChange: (text: string) => void; error: string | undefined }) {
  const users = useUsers()
  const area = useRef<HTMLTextAreaElement>(null)
  const box = useCombobox()
  const [words, setWords] = useState<string>()
  const found = words === undefined ? [] : users.filter((user) => user.active && (user.login.startsWith(words) || user.name.toLowerCase().split(/\s+/).some((part) => part.startsWith(words)))).slice(0, 6)
  const look = (text: string, caret: number) => {
    const typed = mentionBefore.exec(text.slice(0, caret))?.[2]?.toLowerCase()
    setWords(typed)
    if (typed === undefined) box.closeDropdown()
    else {
      box.openDropdown()
      box.selectFirstOption()
    }
  }
  const name = (login: string) => {
    const caret = area.current?.selectionStart ?? value.length
    const before = value.slice(0, caret).replace(/@[\p{L}\d._-]*$/u, `@${login} `)
    onChange(before + value.slice(caret))
    setWords(undefined)
    box.closeDropdown()
    requestAnimationFrame(() => {
      area.current?.focus()
      area.current?.setSelectionRange(before.length, before.length)
    })
  }
  return (
    <Combobox store={box} onOptionSubmit={name} position="top-start">
      <Combobox.Target withAriaAttributes={false}>
        <Textarea
          ref={area}
          aria-label={label}
          placeholder={placeholder}
          autosize
          minRows={2}
          maxRows={14}
          value={value}
          error={error}
          onChange={(e) => {
            onChange(e.currentTarget.value)
            look(e.currentTarget.value, e.currentTarget.selectionStart)
          }}
          onBlur={() => box.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={found.length === 0}>
        <Combobox.Options aria-label={placeholder}>
          {found.map((user) => (
            <Combobox.Option key={user.id} value={user.login}>
              {user.name}{' '}
              <Text span size="xs" c="dimmed">
                @{user.login}
              </Text>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** useReach lists the addresses of a kind at the client and at all his contacts. */
function useReach(kinds: string[], contactsOnly: boolean): { value: string; label: string }[] {
  const { shown } = useCard()
  const { client } = useParties(shown)
  const contacts = useQuery({
    queryKey: [...keys.contacts, 'of', shown.client_id],
    queryFn: () => answer(api.GET('/api/v1/contacts', { params: { query: { client: shown.client_id ?? '', limit: 200 } } })),
    enabled: shown.client_id !== undefined,
  })
  const cards = [...(contactsOnly || client === undefined ? [] : [client]), ...(contacts.data?.items ?? [])]
  const all = cards.flatMap((card) => (card.details ?? []).filter((d) => kinds.includes(d.kind)).map((d) => ({ value: d.value, label: `${d.value} — ${card.name}` })))
  return all.filter((one, i) => all.findIndex((other) => other.value === one.value) === i)
}

interface Letter {
  to: string | null
  subject: string
  text: string
  replyTo: string | null
  files: string[]
}

const noLetter: Letter = { to: null, subject: '', text: '', replyTo: null, files: [] }
const noSMS: Pick<Letter, 'to' | 'text'> = { to: null, text: '' }

function LetterForm() {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const reach = useReach(['email', 'mailing'], false)
  const { value: letter, set: setLetter, drop } = useKept(`case.${shown.id}.letter`, noLetter)
  const set = (change: Partial<Letter>) => setLetter((before) => ({ ...before, ...change }))
  const { to, subject, text, replyTo, files } = letter
  const letters = useQuery({ queryKey: [...keys.caseOf(ref), 'letters'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/letters', { params: { path: { id: ref } } })) })
  const attached = useQuery({ queryKey: [...keys.caseOf(ref), 'files'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/files', { params: { path: { id: ref } } })) })
  const address = to ?? reach[0]?.value ?? null
  const body: Schema<'NewLetterInputBody'> = { to: address ?? '', subject, text, ...(replyTo === null ? {} : { reply_to: replyTo }), ...(files.length === 0 ? {} : { file_ids: files }) }
  const sending = useSend(
    letter,
    (key) => answer(api.POST('/api/v1/cases/{id}/letters', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body })),
    t('composer.sent'),
    drop,
  )
  const error = (pointer: string) => sending.refused?.field(pointer)
  const before = letters.data?.items ?? []
  const there = attached.data?.items ?? []
  return (
    <Frame sending={sending} ready={address !== null && subject.trim() !== '' && text.trim() !== ''} submit={t('composer.send')} fields={['/to', '/subject', '/text', '/file_ids', '/reply_to']}>
      {reach.length === 0 && <Text size="sm">{t('composer.noAddress', { client: shown.client_name ?? '' })}</Text>}
      <Select label={t('composer.to')} data={reach} value={address} searchable allowDeselect={false} error={error('/to')} onChange={(address) => set({ to: address })} />
      {before.length > 0 && (
        <Select
          label={t('composer.replyTo')}
          placeholder={t('composer.newThread')}
          clearable
          clearButtonProps={{ 'aria-label': t('composer.newThread') }}
          data={before.map((one) => ({ value: one.id, label: one.subject }))}
          value={replyTo}
          error={error('/reply_to')}
          onChange={(id) => {
            const answered = before.find((one) => one.id === id)
            const again = answered !== undefined && subject === '' ? { subject: answered.subject.startsWith('Re: ') ? answered.subject : `Re: ${answered.subject}` } : {}
            set({ replyTo: id, ...again })
          }}
        />
      )}
      <TextInput label={t('composer.subject')} value={subject} error={error('/subject')} onChange={(e) => set({ subject: e.currentTarget.value })} />
      <Textarea label={t('composer.text')} autosize minRows={4} maxRows={20} value={text} error={error('/text')} onChange={(e) => set({ text: e.currentTarget.value })} description={t('composer.signed')} />
      {there.length > 0 && <MultiSelect label={t('composer.files')} data={there.map((file) => ({ value: file.id, label: file.name }))} value={files} error={error('/file_ids')} onChange={(files) => set({ files })} />}
    </Frame>
  )
}

function SMSForm() {
  const { t } = useTranslation('case')
  const { ref, shown } = useCard()
  const reach = useReach(['mobile'], true)
  const { value: sms, set: setSMS, drop } = useKept(`case.${shown.id}.sms`, noSMS)
  const { to, text } = sms
  const set = (change: Partial<Pick<Letter, 'to' | 'text'>>) => setSMS((before) => ({ ...before, ...change }))
  const address = to ?? reach[0]?.value ?? null
  const sending = useSend(
    sms,
    (key) => answer(api.POST('/api/v1/cases/{id}/sms', { params: { path: { id: ref }, header: { 'Idempotency-Key': key } }, body: { to: address ?? '', text } })),
    t('composer.sent'),
    drop,
  )
  return (
    <Frame sending={sending} ready={address !== null && text.trim() !== ''} submit={t('composer.send')} fields={['/to', '/text']}>
      {reach.length === 0 && <Text size="sm">{t('composer.noMobile')}</Text>}
      <Select label={t('composer.to')} data={reach} value={address} allowDeselect={false} error={sending.refused?.field('/to')} onChange={(to) => set({ to })} />
      <Textarea label={t('composer.text')} autosize minRows={2} maxRows={8} maxLength={670} description={t('composer.characters', { count: text.length })} value={text} error={sending.refused?.field('/text')} onChange={(e) => set({ text: e.currentTarget.value })} />
    </Frame>
  )
}

function FileForm() {
  const { ref, again } = useCard()
  return <Uploads path={`/cases/${encodeURIComponent(ref)}/files`} onArrived={again} keep />
}
