import { ActionIcon, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconMailForward, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { Empty } from '@/ui/Empty'
import { tell } from '@/ui/tell'

import { Loaded, Rows, useSure, type Column } from '../parts'
import { MailboxForm } from './MailboxForm'
import { TestWindow } from './TestWindow'

export type Mailbox = Schema<'Mailbox'>

const written = ({ name, email }: Schema<'Sender'>): string => (name === undefined ? email : `${name} <${email}>`)

/** Mailboxes is the addresses that the company writes from. */
export default function Mailboxes() {
  const { t } = useTranslation(['mailboxes', 'settings'])
  const query = useQuery({ queryKey: keys.mailboxes, queryFn: () => answer(api.GET('/api/v1/mailboxes')) })
  const departments = useQuery({ queryKey: keys.departments, queryFn: () => answer(api.GET('/api/v1/departments')) }).data?.items ?? []
  const [open, setOpen] = useState<Mailbox | 'new'>()
  const [tried, setTried] = useState<Mailbox>()
  const remove = useRemoval()
  const departmentOf = (mailbox: Mailbox): string => departments.find((one) => one.id === mailbox.department_id)?.name ?? ''
  const columns: Column<Mailbox>[] = [
    { key: 'name', head: t('name'), cell: (mailbox) => <Sender mailbox={mailbox} department={departmentOf(mailbox)} /> },
    { key: 'department', head: t('department'), wide: true, cell: (mailbox) => <span className="as-typed">{departmentOf(mailbox)}</span> },
    {
      key: 'actions', head: t('settings:actions'), quiet: true,
      cell: (mailbox) => (
        <Group gap={4} justify="flex-end">
          <ActionIcon size={32} variant="subtle" onClick={() => setTried(mailbox)} aria-label={t('testOf', { name: mailbox.name })} title={t('test')}>
            <IconMailForward size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon size={32} variant="subtle" onClick={() => setOpen(mailbox)} aria-label={t('settings:changeOf', { name: mailbox.name })}>
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon size={32} variant="subtle" color="red" onClick={() => remove(mailbox)} aria-label={t('settings:deleteOf', { name: mailbox.name })}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ),
    },
  ]
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={560}>
          {t('text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
          {t('new')}
        </Button>
      </Group>
      <Loaded query={query}>
        {({ items, otherwise }) => {
          const all = items ?? []
          return (
            <>
              <Rows
                label={t('settings:sections.mailboxes')}
                items={all}
                columns={columns}
                idOf={(mailbox) => mailbox.id}
                off={(mailbox) => !mailbox.active}
                empty={<Empty title={t('none')} text={otherwise === undefined ? t('noneNowhere') : t('noneFrom', { address: written(otherwise) })} />}
              />
              {all.length > 0 && otherwise !== undefined && !all.some((mailbox) => mailbox.default) && (
                <Text size="sm" c="dimmed">
                  {t('otherwise', { address: written(otherwise) })}
                </Text>
              )}
              {open !== undefined && <MailboxForm mailbox={open === 'new' ? undefined : open} first={all.length === 0} departments={departments} onClose={() => setOpen(undefined)} />}
            </>
          )
        }}
      </Loaded>
      {tried !== undefined && <TestWindow mailbox={tried} onClose={() => setTried(undefined)} />}
    </Stack>
  )
}

/** Sender is what clients see; where the page is narrow it says whose it is, too. */
function Sender({ mailbox, department }: { mailbox: Mailbox; department: string }) {
  const { t } = useTranslation('mailboxes')
  return (
    <>
      <Group gap={6}>
        <Text size="sm" fw={500} className="as-typed">
          {mailbox.name}
        </Text>
        {mailbox.default && <Badge color="blue">{t('isDefault')}</Badge>}
        {!mailbox.active && <Badge color="gray">{t('off')}</Badge>}
      </Group>
      <Text size="xs" c="dimmed" className="as-typed">
        {mailbox.email}
      </Text>
      {mailbox.reply_to !== undefined && (
        <Text size="xs" c="dimmed" className="as-typed">
          {t('answers', { address: mailbox.reply_to })}
        </Text>
      )}
      {department !== '' && (
        <Text size="xs" c="dimmed" className="as-typed" hiddenFrom="sm">
          {department}
        </Text>
      )}
    </>
  )
}

/** useRemoval deletes a mailbox as it is now, when one is sure. */
function useRemoval(): (mailbox: Mailbox) => void {
  const { t } = useTranslation('mailboxes')
  const queries = useQueryClient()
  const sure = useSure()
  const remove = useMutation({
    mutationFn: async ({ id }: Mailbox) => {
      const { etag } = await versioned(api.GET('/api/v1/mailboxes/{id}', { params: { path: { id } } }))
      return answer(api.DELETE('/api/v1/mailboxes/{id}', { params: { path: { id }, header: { 'If-Match': etag } } }))
    },
    onSuccess: () => tell.done(t('deleted')), onError: tell.problem, onSettled: () => queries.invalidateQueries({ queryKey: keys.mailboxes }),
  })
  return (mailbox) => sure({ title: t('deleteTitle', { name: mailbox.name }), text: t(mailbox.default ? 'deleteDefaultText' : 'deleteText'), yes: t('delete'), onYes: () => remove.mutate(mailbox) })
}
