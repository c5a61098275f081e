import { ActionIcon, Button, Group, Indicator, Popover, ScrollArea, Stack, Text, UnstyledButton } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useNotices } from '@/api/notices'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import { Empty } from '@/ui/Empty'
import { tell } from '@/ui/tell'

type Notice = Schema<'Notice'>

/** Notices is the bell: what one is told, the newest first. */
export function Notices() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [open, setOpen] = useState(false)
  const list = useNotices()
  const notices = list.data?.items ?? []
  const unread = notices.filter((notice) => notice.read_at === undefined)
  const read = useMutation({
    mutationFn: (ids: string[]) => answer(api.POST('/api/v1/me/notices/read', { body: { ids } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.notices }),
    onError: tell.problem,
  })
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={380} trapFocus withinPortal shadow="md">
      <Indicator disabled={unread.length === 0} label={unread.length > 49 ? '50+' : unread.length} size={18} color="red" offset={4}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size={36} onClick={() => setOpen((o) => !o)} aria-label={t('notices.open', { count: unread.length })} aria-expanded={open}>
            <IconBell size={20} stroke={1.7} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0} aria-label={t('notices.title')}>
        <Group justify="space-between" p="sm">
          <Text fw={600}>{t('notices.title')}</Text>
          {unread.length > 0 && (
            <Button size="compact-sm" variant="subtle" loading={read.isPending} onClick={() => read.mutate(unread.map((n) => n.id))}>
              {t('notices.readAll')}
            </Button>
          )}
        </Group>
        <ScrollArea.Autosize mah="min(480px, 70dvh)">
          {notices.length === 0 ? (
            <Empty title={t('notices.empty')} />
          ) : (
            <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
              {notices.map((notice) => (
                <li key={notice.id}>
                  <NoticeLine
                    notice={notice}
                    onOpen={() => {
                      setOpen(false)
                      if (notice.read_at === undefined) read.mutate([notice.id])
                    }}
                  />
                </li>
              ))}
            </Stack>
          )}
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  )
}

/** placeOf is where a notice leads. */
function placeOf(notice: Notice): string {
  if (notice.task_id !== undefined && notice.kind !== 'mention') return `/inbox/${notice.task_id}`
  if (notice.case_number !== undefined) return `/cases/${notice.case_number}${notice.comment_id === undefined ? '' : `#comment-${notice.comment_id}`}`
  return notice.interaction_id !== undefined ? `/interactions/${notice.interaction_id}` : '/inbox'
}

function NoticeLine({ notice, onOpen }: { notice: Notice; onOpen: () => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const about = notice.task?.title ?? notice.comment?.text ?? notice.interaction?.topic ?? notice.absence?.who ?? ''
  return (
    <UnstyledButton component={Link} to={placeOf(notice)} onClick={onOpen} px="sm" py={8} w="100%" style={{ display: 'block', borderTop: '1px solid var(--line)', background: notice.read_at === undefined ? 'var(--quiet)' : undefined }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="xs" c="dimmed">
          {t(`notices.kinds.${notice.kind}`)}
        </Text>
        <Text size="xs" c="dimmed">
          {format.ago(notice.created_at)}
        </Text>
      </Group>
      <Text size="sm" lineClamp={2} fw={notice.read_at === undefined ? 600 : 400}>
        {about}
      </Text>
      {notice.case_number !== undefined && (
        <Text size="xs" c="dimmed" truncate>
          {notice.case_number} {notice.case_topic}
        </Text>
      )}
    </UnstyledButton>
  )
}
