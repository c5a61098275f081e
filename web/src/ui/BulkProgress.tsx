import { Group, Progress, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** BulkProgress shows how far a change of many records has come. */
export function BulkProgress({ done, of }: { done: number; of: number }) {
  const { t } = useTranslation()
  const label = t('list.progress', { done, of })
  return (
    <Group gap={6} wrap="nowrap">
      <Progress.Root w={90} size="sm">
        <Progress.Section value={(100 * done) / of} aria-label={label} />
      </Progress.Root>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </Group>
  )
}
