import { Group, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

import classes from './case.module.css'

/** Block is a part of the card with its heading. */
export function Block({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section className={`panel ${classes.block}`} aria-labelledby={id}>
      <Group justify="space-between" mb={6} gap="xs" wrap="nowrap" mih={28}>
        <Title order={2} size="h6" id={id}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </section>
  )
}
