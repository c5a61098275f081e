import { Alert, Button, Group, Text } from '@mantine/core'
import { Suspense, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { tell } from '@/ui/tell'

interface Props {
  card: ReactNode
  undo: (() => Promise<void>) | undefined
}

/**
 * MergedInto says which card took this one in, by the name that leads to it, and lets whoever may undo the merge. A colleague may merge
 * the card one types at: its texts come by themselves, and the field with the focus stays.
 */
export function MergedInto(props: Props) {
  return (
    <Suspense fallback={null}>
      <Told {...props} />
    </Suspense>
  )
}

function Told({ card, undo }: Props) {
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
