import { Group, Skeleton, Title } from '@mantine/core'
import { Suspense, useId, type ReactNode } from 'react'

/**
 * Block is a part of a card, with its heading. What it waits for, such as texts that come with the first record of their kind, it waits
 * for alone: the rest of the card stays, and with it the field one types in.
 */
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
      <Suspense fallback={<Skeleton height={48} />}>{children}</Suspense>
    </section>
  )
}
