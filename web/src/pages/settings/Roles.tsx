import { ActionIcon, Badge, Button, Checkbox, Group, SegmentedControl, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import type { Right } from '@/app/session'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { KeyInput, keySent, Loaded, NamesInput, namesSent, noNames, useSure, type Names } from './parts'
import classes from './settings.module.css'
import { useRecordForm } from '@/ui/edit/useRecordForm'

type Role = Schema<'Role'>

const rights: Right[] = ['work', 'lead', 'design', 'administer', 'settings', 'report', 'export', 'audit']
const visibilities = ['own', 'department', 'all'] as const

/** Roles is what the roles give: rights, and whose records their people see (R15). */
export default function Roles() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: keys.roles, queryFn: () => answer(api.GET('/api/v1/roles')) })
  const [open, setOpen] = useState<Role | 'new'>()
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          {t('roles.text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
          {t('roles.new')}
        </Button>
      </Group>
      <Loaded query={query}>{(list) => <Matrix roles={list.items ?? []} onOpen={setOpen} />}</Loaded>
      {open !== undefined && <RoleForm role={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </Stack>
  )
}

/** Matrix shows at one look who may what. */
function Matrix({ roles, onOpen }: { roles: Role[]; onOpen: (role: Role) => void }) {
  const { t } = useTranslation(['settings', 'common'])
  const remove = useRemoval()
  return (
    <div className={`panel ${classes.matrix}`} tabIndex={0} role="group" aria-label={t('sections.roles')}>
      <Table aria-label={t('sections.roles')} verticalSpacing={6} horizontalSpacing={6} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('roles.role')}</Table.Th>
            {rights.map((right) => (
              <Table.Th key={right} fz="xs" ta="center" miw={64}>
                {t(`rights.${right}`)}
              </Table.Th>
            ))}
            <Table.Th fz="xs">{t('roles.visibility')}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t('actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {roles.map((role) => (
            <Table.Tr key={role.key}>
              <Table.Th scope="row" fw={500} miw={150}>
                <span className="as-typed">{role.name}</span> {!role.shipped && <Badge color="gray">{t('roles.own')}</Badge>}
                <Text size="xs" c="dimmed">
                  {role.key}
                </Text>
              </Table.Th>
              {rights.map((right) => (
                <Table.Td key={right} ta="center">
                  {(role.rights ?? []).includes(right) ? <IconCheck size={16} role="img" aria-label={t('common:yes')} /> : <Text span c="dimmed" aria-label={t('common:no')} role="img">–</Text>}
                </Table.Td>
              ))}
              <Table.Td fz="sm">{t(`visibility.${role.visibility}`)}</Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <ActionIcon size={32} variant="subtle" onClick={() => onOpen(role)} aria-label={t('changeOf', { name: role.name })}>
                    <IconPencil size={16} aria-hidden />
                  </ActionIcon>
                  {!role.shipped && (
                    <ActionIcon size={32} variant="subtle" color="red" onClick={() => remove(role)} aria-label={t('deleteOf', { name: role.name })}>
                      <IconTrash size={16} aria-hidden />
                    </ActionIcon>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function useRemoval(): (role: Role) => void {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const sure = useSure()
  const remove = useMutation({
    mutationFn: (role: Role) => answer(api.DELETE('/api/v1/roles/{key}', { params: { path: { key: role.key }, header: { 'If-Match': `"${role.version}"` } } })),
    onSuccess: (_, role) => tell.done(t('roles.deleted', { name: role.name })),
    onError: tell.problem,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.roles }),
  })
  return (role) => sure({ title: t('roles.deleteTitle', { name: role.name }), text: t('roles.deleteText'), yes: t('common:delete'), onYes: () => remove.mutate(role) })
}

interface Draft {
  key: string
  name: Names
  rights: Right[]
  visibility: Role['visibility']
}

const draftOf = (role: Role): Draft => ({ key: role.key, name: role.names, rights: role.rights ?? [], visibility: role.visibility })
const newDraft: Draft = { key: '', name: noNames, rights: ['work'], visibility: 'own' }

function RoleForm({ role, onClose }: { role: Role | undefined; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const form = useRecordForm<Draft>({
    start: role === undefined ? newDraft : draftOf(role),
    ...(role === undefined
      ? {}
      : {
          etag: `"${role.version}"`,
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/roles/{key}', { params: { path: { key: role.key } } }))
            return { data: draftOf(data), etag }
          },
        }),
    write: (draft, etag) =>
      answer(
        api.PUT('/api/v1/roles/{key}', {
          params: { path: { key: keySent(draft.key) }, header: etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': etag } },
          body: { name: namesSent(draft.name), rights: draft.rights, visibility: draft.visibility },
        }),
      ),
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.roles })
      void queries.invalidateQueries({ queryKey: keys.me })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof Draft, value: unknown): string => {
    if (field === 'name') return `${(value as Names).ru} / ${(value as Names).en}`
    if (field === 'rights') return (value as Right[]).map((right) => t(`rights.${right}`)).join(', ')
    return field === 'visibility' ? t(`visibility.${value as Draft['visibility']}`) : String(value)
  }
  const taken = role === undefined && problem?.status === 412 ? t('key.taken') : undefined
  return (
    <FormWindow title={role === undefined ? t('roles.new') : role.name} form={form} told={taken !== undefined} onClose={onClose} fieldName={(field) => t(`roles.fields.${field}`)} shown={shown} pointers={['/key', '/name', '/visibility']} size="lg">
      <NamesInput focus value={draft.name} onChange={(name) => set({ name })} problem={problem} />
      {role === undefined && <KeyInput value={draft.key} onChange={(key) => set({ key })} error={taken ?? problem?.field('/key')} />}
      <Checkbox.Group label={t('roles.fields.rights')} value={draft.rights} onChange={(next) => set({ rights: rights.filter((right) => next.includes(right)) })} error={problem?.field('/rights')}>
        <Stack gap={6} mt={4}>
          {rights.map((right) => (
            <Checkbox key={right} value={right} label={t(`rights.${right}`)} description={t(`rightsText.${right}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <div>
        <Text size="sm" fw={500} mb={4} id="role-visibility">
          {t('roles.fields.visibility')}
        </Text>
        <SegmentedControl fullWidth aria-labelledby="role-visibility" value={draft.visibility} onChange={(visibility) => set({ visibility })} data={visibilities.map((value) => ({ value, label: t(`visibility.${value}`) }))} />
      </div>
    </FormWindow>
  )
}
