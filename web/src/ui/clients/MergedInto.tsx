import { Alert, Button, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { tell } from '@/ui/tell'

/** MergedInto says which card took this one in, by the name that leads to it, and lets whoever may undo the merge. */
export function MergedInto({ card, undo }: { card: ReactNode; undo: (() => Promise<void>) | undefined }) {
  const { t } = useTranslation('merge')
  return (
    <Alert color="yellow" mt="sm">
      <Group gap="sm">
        <Text size="sm" className="as-typed">
          {t('merged')} {card}
        </Text>
        {undo !== undefined && (
          <Button size="compact-sm" h={32} variant="default" onClick={() => void undo().catch(tell.problem)}>
            {t('unmerge')}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
