import { Button, Group } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import classes from './FilterBar.module.css'

interface FilterBarProps {
  /** Shown on a telephone too, beside the button that opens the rest. */
  first?: ReactNode
  /** How many of the rest are set. */
  set: number
  children: ReactNode
}

/** FilterBar holds what narrows a list. On a telephone, where it would push the list off the page, the rest of it waits behind a button. */
export function FilterBar({ first, set, children }: FilterBarProps) {
  const { t } = useTranslation()
  const phone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false
  const [open, setOpen] = useState(false)
  const id = useId()
  if (!phone) {
    return (
      <Group mb="md" gap="sm" align="flex-end" role="search" aria-label={t('filters.title')}>
        {first}
        {children}
      </Group>
    )
  }
  return (
    <div className={classes.bar} role="search" aria-label={t('filters.title')}>
      <div className={classes.first}>
        {first}
        <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />} aria-expanded={open} aria-controls={id} onClick={() => setOpen((o) => !o)}>
          {set > 0 ? t('filters.narrowedBy', { n: set }) : t('filters.narrow')}
        </Button>
      </div>
      <div id={id} className={classes.rest} hidden={!open}>
        {open && children}
      </div>
    </div>
  )
}
