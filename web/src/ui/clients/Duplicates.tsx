import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import type { ApiError } from '@/api/problem'

interface Props {
  problem: ApiError
  onChoose: (clientID: string) => void
  onAnyway: () => void
}

/**
 * Duplicates shows clients that the new one may be already: one of them is chosen, or it is made though. Its texts come with the first of
 * them: the form stays meanwhile, with what was typed.
 */
export function Duplicates(props: Props) {
  return (
    <Suspense fallback={<Skeleton height={96} />}>
      <Choices {...props} />
    </Suspense>
  )
}

function Choices({ problem, onChoose, onAnyway }: Props) {
  const { t } = useTranslation('accept')
  const box = useRef<HTMLDivElement>(null)
  // The answer is awaited here: the keyboard is at the first client.
  useEffect(() => box.current?.querySelector('button')?.focus(), [problem])
  return (
    <Alert color="orange" role="alert" icon={<IconUsers size={18} aria-hidden />} title={problem.problem.title} ref={box}>
      <Stack gap="xs">
        {(problem.problem.errors ?? []).map((error, k) => {
          const id = error.record?.split('/').pop()
          return (
            <Group key={k} gap="sm" justify="space-between">
              <Text size="sm" className="as-typed" style={{ flex: 1 }}>
                {error.detail}
              </Text>
              {id !== undefined && (
                <Button size="compact-sm" h={32} onClick={() => onChoose(id)} aria-label={`${t('duplicates.choose')}. ${error.detail}`}>
                  {t('duplicates.choose')}
                </Button>
              )}
            </Group>
          )
        })}
        <Button variant="default" size="compact-sm" h={32} onClick={onAnyway} style={{ alignSelf: 'flex-start' }}>
          {t('duplicates.anyway')}
        </Button>
      </Stack>
    </Alert>
  )
}
