import { Badge, Button, Group, SegmentedControl, Select, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconMail, IconMessage, IconPlus, IconSearch } from '@tabler/icons-react'
import { useId, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { useRight } from '@/app/session'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { Nothing } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { useFilters } from '@/ui/useFilters'
import { CancelButton, Window } from '@/ui/Window'

import { useTemplates, type Channel, type Template } from './templates'
import classes from './templates.module.css'

/** A template with its texts in all languages. */
interface Entry {
  key: string
  title: string
  channel: Channel
  texts: Template[]
}

/** Templates is the library of the texts that are sent to clients and to those who work here (R39). */
export default function Templates() {
  const { t, i18n } = useTranslation('templates')
  const { filter, set, narrowed } = useFilters(['q', 'channel', 'origin'])
  const [making, make] = useState(false)
  const designs = useRight('design')
  const list = useTemplates()
  const all = entriesOf(list.data?.items ?? [], i18n.language)
  const words = (filter.q ?? '').toLocaleLowerCase()
  const found = all.filter(
    (entry) =>
      (filter.channel === undefined || entry.channel === filter.channel) &&
      (filter.origin === undefined || entry.texts.some((text) => text.origin === filter.origin)) &&
      (words === '' || [entry.key, entry.title, ...entry.texts.flatMap((text) => [text.subject ?? '', text.text])].some((text) => text.toLocaleLowerCase().includes(words))),
  )
  const letters = found.filter((entry) => !entry.key.startsWith('staff-'))
  const staff = found.filter((entry) => entry.key.startsWith('staff-'))
  return (
    <Page
      title={t('title')}
      actions={
        designs && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => make(true)}>
            {t('new')}
          </Button>
        )
      }
    >
      <Stack gap="md">
        <Group gap="sm" align="flex-end" role="search" aria-label={t('title')}>
          <TextInput label={t('search')} style={{ flex: '1 1 220px' }} leftSection={<IconSearch size={16} aria-hidden />} value={filter.q ?? ''} onChange={(event) => set({ q: event.currentTarget.value })} />
          <div>
            <SegmentedControl aria-label={t('channel')} value={filter.channel ?? ''} onChange={(channel) => set({ channel })} data={[{ value: '', label: t('channels.all') }, { value: 'email', label: t('channels.email') }, { value: 'sms', label: t('channels.sms') }]} />
          </div>
          <Select label={t('origin')} w={190} clearable clearButtonProps={{ 'aria-label': t('clear') }} placeholder={t('origins.all')} value={filter.origin ?? null} onChange={(origin) => set({ origin })} data={(['shipped', 'changed', 'own'] as const).map((origin) => ({ value: origin, label: t(`origins.${origin}`) }))} />
        </Group>
        {list.isPending && (
          <Stack gap={8} role="status" aria-label={t('loading', { ns: 'common' })}>
            {Array.from({ length: 8 }, (_, i) => (
              <Skeleton key={i} height={56} radius="md" />
            ))}
          </Stack>
        )}
        {list.isError && list.data === undefined && <Failure error={list.error} onRetry={() => void list.refetch()} />}
        {list.data !== undefined && found.length === 0 && <div className="panel">{narrowed ? <Nothing /> : <Empty title={t('empty')} />}</div>}
        <Entries title={t('toClients')} entries={letters} />
        <Entries title={t('toStaff')} entries={staff} />
      </Stack>
      <NewTemplate opened={making} taken={all.map((entry) => entry.key)} onClose={() => make(false)} />
    </Page>
  )
}

function Entries({ title, entries }: { title: string; entries: Entry[] }) {
  const { t } = useTranslation('templates')
  const id = useId()
  if (entries.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h6" mb={6} id={id}>
        {title}
      </Title>
      <div className="panel" role="list" aria-labelledby={id}>
        {entries.map((entry) => {
          const Icon = entry.channel === 'sms' ? IconMessage : IconMail
          return (
            <div role="listitem" key={entry.key}>
              <Link to={`/templates/${entry.key}`} className={classes.item}>
                <div style={{ minWidth: 0 }}>
                  <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                    {entry.title}
                  </Text>
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {entry.key}
                  </Text>
                </div>
                <Group gap={6} justify="flex-end">
                  {entry.texts.some((text) => text.origin !== 'shipped') && <Badge color="violet">{t(`origins.${entry.texts.find((text) => text.origin !== 'shipped')?.origin ?? 'own'}`)}</Badge>}
                  <Badge color="gray">{entry.texts.map((text) => text.lang.toUpperCase()).join(' · ')}</Badge>
                  <Badge color={entry.channel === 'sms' ? 'orange' : 'blue'} leftSection={<Icon size={13} aria-hidden />}>
                    {t(`channels.${entry.channel}`)}
                  </Badge>
                </Group>
              </Link>
            </div>
          )
        })}
      </div>
    </section>
  )
}

/** entriesOf puts the languages of each template together; one without a title is called by its subject or its text. */
function entriesOf(texts: Template[], lang: string): Entry[] {
  const byKey = new Map<string, Template[]>()
  for (const text of texts) byKey.set(text.key, [...(byKey.get(text.key) ?? []), text])
  return [...byKey].flatMap(([key, of]) => {
    const shown = of.find((text) => text.lang === lang) ?? of[0]
    if (shown === undefined) return []
    return [{ key, channel: shown.channel, texts: of, title: shown.title ?? (shown.subject || shown.text.slice(0, 80) || key) }]
  })
}

const keyForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

function NewTemplate({ opened, taken, onClose }: { opened: boolean; taken: string[]; onClose: () => void }) {
  const { t } = useTranslation('templates')
  const navigate = useNavigate()
  const [key, setKey] = useState('')
  const [channel, setChannel] = useState<Channel>('email')
  const [tried, setTried] = useState(false)
  const wrong = !keyForm.test(key) || key.length > 100 || key.startsWith('staff-') ? t('keyWrong') : taken.includes(key) ? t('keyTaken') : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (wrong === undefined) void navigate(`/templates/${key}?channel=${channel}`)
  }
  return (
    <Window opened={opened} onClose={onClose} title={t('new')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput data-autofocus required label={t('key')} description={t('keyText')} value={key} onChange={(event) => setKey(event.currentTarget.value)} error={tried ? wrong : undefined} />
          <SegmentedControl aria-label={t('channel')} value={channel} onChange={(value) => setChannel(value === 'sms' ? 'sms' : 'email')} data={[{ value: 'email', label: t('channels.email') }, { value: 'sms', label: t('channels.sms') }]} />
          <Group justify="flex-end">
            <CancelButton onClick={onClose} />
            <Button type="submit">{t('write')}</Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}
