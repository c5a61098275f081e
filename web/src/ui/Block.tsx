import { Group, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

/** Block is a part of a card, with its heading. */
export function Block({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section className="panel" style={{ padding: '12px 14px' }} aria-labelledby={id}>
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
