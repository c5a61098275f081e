import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { wordsOf } from './words'

/** Failure shows what was refused or went wrong, and lets one try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const words = wordsOf(error)
  const fields = words.error.problem.errors ?? []
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} aria-hidden />} title={words.title}>
      <Stack gap="xs" align="flex-start">
        {words.detail !== undefined && <Text size="sm">{words.detail}</Text>}
        {fields.length > 0 && (
          <List size="sm">
            {fields.map((field, i) => (
              <List.Item key={i}>
                {field.detail} {field.hint}
              </List.Item>
            ))}
          </List>
        )}
        {words.error.problem.request_id !== undefined && words.error.status >= 500 && (
          <Text size="xs" c="dimmed">
            {t('requestID', { id: words.error.problem.request_id })}
          </Text>
        )}
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
