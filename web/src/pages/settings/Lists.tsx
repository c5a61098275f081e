import { ActionIcon, Badge, Button, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { Empty } from '@/ui/Empty'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { directories, keyOf, listNames, type Directory, type Item, type ListName } from './listItems'
import { KeyInput, keySent, Loaded, NamesInput, noNames, Rows, useNameOf, useSure, ZoneInput, type Column, type Names } from './parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'

/** Lists is the reference lists: what there is to choose from in cards and forms (R8, R30, R36, R37, R41, R44). */
export default function Lists() {
  const { t } = useTranslation('settings')
  const [params, setParams] = useSearchParams()
  const asked = params.get('list')
  const name = listNames.find((one) => one === asked) ?? 'loss_reason'
  const directory = directories[name]
  const query = useQuery({ queryKey: keyOf(name), queryFn: directory.read })
  const [words, setWords] = useState('')
  const [open, setOpen] = useState<Item | 'new'>()
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <Select w={280} label={t('lists.list')} allowDeselect={false} value={name} onChange={(next) => next !== null && setParams({ list: next }, { replace: true })} data={listNames.map((value) => ({ value, label: t(`lists.names.${value}`) }))} />
        {name === 'regions' && <TextInput label={t('search')} leftSection={<IconSearch size={16} aria-hidden />} value={words} onChange={(event) => setWords(event.currentTarget.value)} />}
        <Button ml="auto" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
          {t('lists.new')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" maw={680}>
        {t(`lists.texts.${name}`)}
      </Text>
      <Loaded query={query}>{(items) => <Items name={name} directory={directory} items={items.filter((item) => found(item, name === 'regions' ? words : ''))} onOpen={setOpen} />}</Loaded>
      {open !== undefined && <ItemForm key={name} name={name} directory={directory} item={open === 'new' ? undefined : open} last={query.data?.at(-1)?.position ?? 0} onClose={() => setOpen(undefined)} />}
    </Stack>
  )
}

const found = (item: Item, words: string) => [item.names.ru, item.names.en, item.key, item.time_zone ?? ''].some((text) => text.toLowerCase().includes(words.trim().toLowerCase()))

interface ItemsProps {
  name: ListName
  directory: Directory
  items: Item[]
  onOpen: (item: Item) => void
}

function Items({ name, directory, items, onOpen }: ItemsProps) {
  const { t } = useTranslation(['settings', 'common'])
  const nameOf = useNameOf()
  const userName = useUserName()
  const sure = useSure()
  const { write } = useWriting(directory)
  const queries = useQueryClient()
  // As it is when one has answered the question, which is not always as it was when one was asked.
  const offer = ({ key }: Item, active: boolean) => {
    const now = queries.getQueryData<Item[]>(keyOf(name))?.find((one) => one.key === key)
    if (now !== undefined) write.mutate([{ ...now, active }])
  }
  const swap = (at: number, by: number) => {
    const [item, other] = [items[at], items[at + by]]
    if (item === undefined || other === undefined) return
    // Items of one place have none of their own yet: then all of the list get theirs.
    const order = items.map((one) => one)
    order.splice(at, 1)
    order.splice(at + by, 0, item)
    write.mutate(order.map((one, i) => ({ ...one, position: i + 1 })).filter((one) => items.find((before) => before.key === one.key)?.position !== one.position))
  }
  const columns: Column<Item>[] = [
    { key: 'name', head: t('columns.name'), cell: (item) => <Named item={item} name={nameOf(item.names)} /> },
    { key: 'key', head: t('columns.key'), wide: true, cell: (item) => <Text size="sm" c="dimmed">{item.key}</Text> },
    ...(name === 'purpose' ? [{ key: 'performer', head: t('lists.performer'), wide: true, cell: (item: Item) => userName(item.performer_id) }] : []),
    ...(name === 'regions' ? [{ key: 'zone', head: t('columns.zone'), cell: (item: Item) => <Zone item={item} /> }] : []),
    {
      key: 'actions', head: t('actions'), quiet: true,
      cell: (item) => {
        const at = items.indexOf(item)
        return (
          <Group gap={4} wrap="nowrap" justify="flex-end">
            {directory.ordered && (
              <>
                <ActionIcon variant="subtle" color="gray" size={32} disabled={at === 0 || write.isPending} onClick={() => swap(at, -1)} aria-label={t('lists.up', { name: nameOf(item.names) })}>
                  <IconArrowUp size={16} aria-hidden />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" size={32} disabled={at === items.length - 1 || write.isPending} onClick={() => swap(at, 1)} aria-label={t('lists.down', { name: nameOf(item.names) })}>
                  <IconArrowDown size={16} aria-hidden />
                </ActionIcon>
              </>
            )}
            <Button size="compact-sm" variant="subtle" onClick={() => onOpen(item)} aria-label={t('changeOf', { name: nameOf(item.names) })}>
              {t('common:edit')}
            </Button>
            <Switch
              size="sm"
              aria-label={t('lists.offered', { name: nameOf(item.names) })}
              checked={item.active}
              onChange={() => {
                if (!item.active) offer(item, true)
                else sure({ title: t('lists.offTitle', { name: nameOf(item.names) }), text: t('lists.offText'), yes: t('lists.off'), onYes: () => offer(item, false) })
              }}
            />
          </Group>
        )
      },
    },
  ]
  return <Rows label={t(`lists.names.${name}`)} items={items} columns={columns} idOf={(item) => item.key} off={(item) => !item.active} empty={<Empty title={t('common:list.empty')} text={t('lists.empty')} />} />
}

function Named({ item, name }: { item: Item; name: string }) {
  const { t } = useTranslation('settings')
  return (
    <Group gap={6}>
      <span className="as-typed">{name}</span>
      {!item.active && <Badge color="gray">{t('outOfUse')}</Badge>}
    </Group>
  )
}

function Zone({ item }: { item: Item }) {
  const { t } = useTranslation('settings')
  return (
    <Text size="sm" component="div">
      {item.time_zone} {item.correcting && <Badge color="blue">{t('lists.correcting')}</Badge>}
    </Text>
  )
}

/** useWriting changes items as they are shown; a stale one is refused, and read again. */
function useWriting(directory: Directory) {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const write = useMutation({
    mutationFn: async (items: Item[]) => {
      for (const item of items) await directory.write(item, `"${item.version}"`)
    },
    onSuccess: () => tell.done(t('saved')),
    onError: tell.problem,
    onSettled: () => queries.invalidateQueries({ queryKey: directory.root }),
  })
  return { write }
}

interface Draft {
  key: string
  name: Names
  active: boolean
  performer: string | null
  zone: string
  /** Not asked for: where a colleague has moved it meanwhile it stays. */
  position: number
}

const draftOf = (item: Item): Draft => ({ key: item.key, name: item.names, active: item.active, performer: item.performer_id ?? null, zone: item.time_zone ?? '', position: item.position })
const newDraft = { key: '', name: noNames, active: true, performer: null, zone: '' }

interface ItemFormProps {
  name: ListName
  directory: Directory
  item: Item | undefined
  last: number
  onClose: () => void
}

function ItemForm({ name, directory, item, last, onClose }: ItemFormProps) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const userName = useUserName()
  const nameOf = useNameOf()
  const form = useRecordForm<Draft>({
    start: item === undefined ? { ...newDraft, position: last + 1 } : draftOf(item),
    ...(item === undefined
      ? {}
      : {
          etag: `"${item.version}"`,
          read: async () => {
            const now = (await directory.read()).find((one) => one.key === item.key) ?? item
            return { data: draftOf(now), etag: `"${now.version}"` }
          },
        }),
    write: (draft, etag) =>
      directory.write(
        { key: keySent(draft.key), names: draft.name, active: draft.active, position: draft.position, version: 0, ...(draft.performer === null ? {} : { performer_id: draft.performer }), ...(name === 'regions' ? { time_zone: draft.zone } : {}) },
        etag,
      ),
    onDone: () => {
      void queries.invalidateQueries({ queryKey: directory.root })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof Draft, value: unknown): string => {
    if (field === 'name') return `${(value as Names).ru} / ${(value as Names).en}`
    if (field === 'performer') return userName((value as string | null) ?? undefined)
    return field === 'active' ? t((value as boolean) ? 'inUse' : 'outOfUse') : String(value)
  }
  const taken = item === undefined && problem?.status === 412 ? t('key.taken') : undefined
  return (
    <FormWindow title={item === undefined ? t('lists.newTitle', { list: t(`lists.names.${name}`) }) : nameOf(item.names)} form={form} told={taken !== undefined} onClose={onClose} fieldName={(field) => t(`lists.fields.${field}`)} shown={shown} pointers={['/name', '/key', '/performer_id', '/time_zone']}>
      <NamesInput focus value={draft.name} onChange={(next) => set({ name: next })} problem={problem} />
      {item === undefined && <KeyInput value={draft.key} onChange={(key) => set({ key })} error={taken ?? problem?.field('/key')} />}
      {name === 'purpose' && <UserPicker label={t('lists.performer')} description={t('lists.performerText')} value={draft.performer} onChange={(performer) => set({ performer })} error={problem?.field('/performer_id')} />}
      {name === 'regions' && <ZoneInput required label={t('columns.zone')} description={t('lists.zoneText')} value={draft.zone} onChange={(zone) => set({ zone })} error={problem?.field('/time_zone')} />}
      {item !== undefined && <Switch label={t('inUse')} checked={draft.active} onChange={(event) => set({ active: event.currentTarget.checked })} />}
    </FormWindow>
  )
}
