import { Alert, Badge, Button, Group, Stack, Table, Text } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'
import { CancelButton, Window } from '@/ui/Window'

/** A card that can be merged. */
export interface Card {
  id: string
  name: string
}

/** What a merge is compared by: a value of each card, and what the merged one will have. */
export interface Compared {
  label: string
  stays: ReactNode
  goes: ReactNode
  becomes: ReactNode
}

interface Props<T extends Card> {
  opened: boolean
  onClose: () => void
  title: string
  /** Says what is moved. */
  text: string
  shown: T
  /** Cards that may be the same, with why. */
  alike: { card: T; reasons: string[] }[]
  alikeState: ReactNode
  /** Whether they are still being looked for. */
  waits: boolean
  /** Chooses another one; it begins the window where none is offered. */
  picker: (onChosen: (card: T) => void, begins: boolean) => ReactNode
  compare: (stays: T, goes: T) => Compared[]
  /** Takes the card `from` into the card `into`. */
  merge: (into: string, from: string, key: string) => Promise<unknown>
  onMerged: (into: T, from: T) => void
}

/** MergeWindow makes one card of two: one that may be the same is chosen, both are compared, and it is said what will become of them. */
export function MergeWindow<T extends Card>({ opened, onClose, title, ...rest }: Props<T>) {
  return (
    <Window opened={opened} onClose={onClose} title={title} size={860}>
      {opened && <Steps onClose={onClose} {...rest} />}
    </Window>
  )
}

function Steps<T extends Card>({ onClose, text, shown, alike, alikeState, waits, picker, compare, merge, onMerged }: Omit<Props<T>, 'opened' | 'title'>) {
  const { t } = useTranslation(['merge', 'common'])
  const [other, setOther] = useState<T>()
  const [kept, setKept] = useState<'shown' | 'other'>('shown')
  const [key] = useState(newKey)
  const stays = kept === 'shown' || other === undefined ? shown : other
  const goes = kept === 'shown' || other === undefined ? other : shown
  const doing = useMutation({
    mutationFn: async () => {
      if (goes !== undefined) await merge(stays.id, goes.id, `${key}${kept}${goes.id}`)
    },
    onSuccess: () => {
      if (goes !== undefined) onMerged(stays, goes)
      onClose()
    },
  })
  // The window has its focus before what it begins with is known.
  const begin = useRef<HTMLDivElement>(null)
  const compared = useRef<HTMLButtonElement>(null)
  // What one chose by is gone when both are compared, and the other way round.
  useEffect(() => compared.current?.focus(), [other])
  useEffect(() => {
    const { activeElement } = document
    if (other === undefined && !waits && !(activeElement instanceof HTMLInputElement && activeElement.value !== '')) begin.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus()
  }, [waits, other])
  if (other === undefined || goes === undefined) {
    return (
      <Stack gap="sm" ref={begin}>
        <Text size="sm">{t('choose')}</Text>
        {alikeState}
        {alike.map(({ card, reasons }, i) => (
          <Group key={card.id} justify="space-between" gap="xs" className="panel" p="xs">
            <div style={{ minWidth: 0, flex: '1 1 200px' }}>
              <Text size="sm" fw={550} className="as-typed">
                {card.name}
              </Text>
              <Group gap={4}>
                {reasons.map((reason) => (
                  <Badge key={reason} color="gray">
                    {t(`reasons.${reason as 'phone'}`)}
                  </Badge>
                ))}
              </Group>
            </div>
            <Button size="compact-sm" h={32} variant="light" data-autofocus={i === 0 || undefined} onClick={() => setOther(card)} aria-label={t('compareWith', { name: card.name })}>
              {t('compare')}
            </Button>
          </Group>
        ))}
        {picker(setOther, !waits && alike.length === 0)}
      </Stack>
    )
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Button ref={compared} size="compact-sm" h={32} variant="subtle" onClick={() => setOther(undefined)}>
          {t('another')}
        </Button>
        <Button size="compact-sm" h={32} variant="default" leftSection={<IconArrowsExchange size={15} aria-hidden />} onClick={() => setKept(kept === 'shown' ? 'other' : 'shown')}>
          {t('swap')}
        </Button>
      </Group>
      <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('both') } }}>
        <Table verticalSpacing={6} aria-label={t('both')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Td />
              <Table.Th scope="col">{t('stays')}</Table.Th>
              <Table.Th scope="col">{t('goes')}</Table.Th>
              <Table.Th scope="col">{t('becomes')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {compare(stays, goes).map((row) => (
              <Table.Tr key={row.label}>
                <Table.Th scope="row">{row.label}</Table.Th>
                <Cell>{row.stays}</Cell>
                <Cell>{row.goes}</Cell>
                <Cell>{row.becomes}</Cell>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Alert color="blue" title={t('what', { from: goes.name, into: stays.name })}>
        <Text size="sm">{text}</Text>
      </Alert>
      {doing.isError && <Failure error={asApiError(doing.error)} />}
      <Group justify="flex-end">
        <CancelButton onClick={onClose} />
        <Button loading={doing.isPending} onClick={() => doing.mutate()}>
          {t('merge')}
        </Button>
      </Group>
    </Stack>
  )
}

function Cell({ children }: { children: ReactNode }) {
  return (
    <Table.Td style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
      <Text size="sm" component="div" className="as-typed">
        {children}
      </Text>
    </Table.Td>
  )
}

/** tellMerged says that two cards are one now, and lets that be taken back. */
export function tellMerged(message: string, undo: () => Promise<unknown>): void {
  tell.done(message, () => void undo().catch(tell.problem))
}
