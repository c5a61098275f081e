import { ActionIcon, Anchor, Group, Loader, Stack, Text } from '@mantine/core'
import { IconPaperclip, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, newKey, type Schema } from '@/api/client'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useMe } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { When } from '@/ui/bits'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { Uploads } from './Uploads'

type File = Schema<'File'>

const paths = { cases: '/api/v1/cases/{id}/files', clients: '/api/v1/clients/{id}/files', contacts: '/api/v1/contacts/{id}/files' } as const

interface Props {
  /** The card they lie on. */
  of: keyof typeof paths
  id: string
  /** Answers are kept below this key, that of the card. */
  root: readonly unknown[]
  /** May one add and remove? */
  editable: boolean
  /** Without the place to add one, where there is another. */
  listOnly?: boolean
}

/** Files are the files on a card: added, saved, and taken off, which can be undone (R10, R45). */
export function Files({ of, id, root, editable, listOnly = false }: Props) {
  const { t } = useTranslation('files')
  const queries = useQueryClient()
  const list = useQuery({ queryKey: [...root, 'files'], queryFn: () => answer(api.GET(paths[of], { params: { path: { id } } })) })
  const again = () => queries.invalidateQueries({ queryKey: root })
  const files = list.data?.items ?? []
  if (listOnly && files.length === 0) return null
  return (
    <Block title={t('title')}>
      <Stack gap="xs">
        {list.isPending && <Loader size="sm" aria-label={t('loading')} />}
        {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && files.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('none')}
          </Text>
        )}
        {files.length > 0 && (
          <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: 'none' }}>
            {files.map((file) => (
              <FileLine key={file.id} file={file} editable={editable} onChanged={again} />
            ))}
          </Stack>
        )}
        {editable && !listOnly && <Uploads path={`/${of}/${encodeURIComponent(id)}/files`} onArrived={() => void again()} />}
      </Stack>
    </Block>
  )
}

function FileLine({ file, editable, onChanged }: { file: File; editable: boolean; onChanged: () => Promise<void> }) {
  const { t } = useTranslation('files')
  const format = useFormat()
  const me = useMe()
  const userName = useUserName()
  // His own, or anybody's for those who may act for others: what the server allows.
  const removable = editable && (file.created_by === me?.id || (me?.rights ?? []).includes('lead'))
  const restore = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/files/{id}/restore', { params: { path: { id: file.id }, header: { 'Idempotency-Key': newKey() } } })),
    onSettled: onChanged,
    onError: tell.problem,
  })
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/files/{id}', { params: { path: { id: file.id } } })),
    onSuccess: () => tell.done(t('removed', { name: file.name }), () => restore.mutate()),
    onSettled: onChanged,
    onError: tell.problem,
  })
  return (
    <Group component="li" gap={6} wrap="nowrap" align="flex-start">
      <IconPaperclip size={16} style={{ marginTop: 3, flexShrink: 0 }} aria-hidden />
      <div style={{ minWidth: 0, flex: 1 }}>
        <Anchor size="sm" href={`/api/v1/files/${file.id}`} download={file.name} style={{ overflowWrap: 'anywhere' }}>
          {file.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {[format.size(file.size), userName(file.created_by)].filter(Boolean).join(' · ')} · <When at={file.created_at} />
        </Text>
      </div>
      {removable && (
        <ActionIcon variant="subtle" color="gray" size={32} loading={remove.isPending} onClick={() => remove.mutate()} aria-label={t('remove', { name: file.name })}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  )
}
