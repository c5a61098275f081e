import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** Empty says that there is nothing, why, and what one can do about it. */
export function Empty({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py="xl" px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {text !== undefined && (
        <Text size="sm" c="dimmed" maw={440}>
          {text}
        </Text>
      )}
      {children}
    </Stack>
  )
}
