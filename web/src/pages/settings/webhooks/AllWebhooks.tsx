import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { Empty } from '@/ui/Empty'

import { Loaded, Rows, type Column } from '../parts'
import { Secret } from '../Secret'
import { Backlog } from './Backlog'
import { WebhookForm } from './WebhookForm'
import type { Made, Webhook } from './webhooks'

/** AllWebhooks lists the webhooks, and makes new ones. */
export function AllWebhooks() {
  const { t } = useTranslation(['webhooks', 'settings'])
  const navigate = useNavigate()
  const query = useQuery({ queryKey: keys.webhooks, queryFn: () => answer(api.GET('/api/v1/webhooks')) })
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<Made>()
  const columns: Column<Webhook>[] = [
    {
      key: 'name', head: t('name'),
      cell: (webhook) => (
        <>
          <Anchor component={Link} to={`/settings/webhooks/${webhook.id}`} size="sm" fw={500} className="as-typed">
            {webhook.name}
          </Anchor>
          <Text size="xs" c="dimmed" className="as-typed">
            {webhook.url}
          </Text>
        </>
      ),
    },
    { key: 'kinds', head: t('kinds'), wide: true, cell: (webhook) => <Text size="sm">{t('kindsChosen', { count: webhook.kinds.length })}</Text> },
    {
      key: 'state', head: t('state'),
      cell: (webhook) => (
        <Group gap={4}>
          <Badge color={webhook.enabled ? 'green' : 'gray'}>{t(webhook.enabled ? 'on' : 'off')}</Badge>
          <Backlog webhook={webhook} />
        </Group>
      ),
    },
  ]
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {t('text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t('new')}
        </Button>
      </Group>
      <Loaded query={query}>
        {(list) => <Rows label={t('settings:sections.webhooks')} items={list.items ?? []} columns={columns} idOf={(webhook) => webhook.id} off={(webhook) => !webhook.enabled} empty={<Empty title={t('none')} text={t('noneText')} />} />}
      </Loaded>
      {making && <WebhookForm onClose={() => setMaking(false)} onMade={setMade} />}
      {made !== undefined && <Secret title={t('secret')} secret={made.secret} onClose={() => void navigate(`/settings/webhooks/${made.id}`)} />}
    </Stack>
  )
}
