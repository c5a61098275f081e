import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { InteractionAsked } from './InteractionDialog'

/** NewInteractions are the two ways an interaction comes to be: told of when it was, and planned (R3, R23). */
export function NewInteractions({ onAsk }: { onAsk: (asked: InteractionAsked) => void }) {
  const { t } = useTranslation('interactions')
  return (
    <>
      <Button variant="default" onClick={() => onAsk({ to: 'record' })}>
        {t('submit.record')}
      </Button>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onAsk({ to: 'plan' })}>
        {t('submit.plan')}
      </Button>
    </>
  )
}
