import { ActionIcon, Button, Group, Menu } from '@mantine/core'
import { IconArrowBackUp, IconBan, IconCalendarTime, IconCash, IconCircleCheck, IconCircleX, IconCopyPlus, IconDots, IconHandStop } from '@tabler/icons-react'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useMaps } from '@/api/maps'
import { useCommands } from '@/ui/commands'
import { lazy } from '@/ui/lazy'

import { useCard } from './card'

const Dialog = lazy(() => import('./CommandDialog'))

/** What is done with a case in a dialog of its own. */
export type Asked =
  | { kind: 'cancel' | 'reopen' | 'followUp' | 'deadline' | 'payments' | 'manual' }
  | { kind: 'close'; outcome: Schema<'Outcome'> }
  | { kind: 'closeDeal'; result: 'won' | 'lost' }

/** Commands are what one may do with the case as a whole; what one may not is not there. */
export function Commands() {
  const { t } = useTranslation('case')
  const { shown, route, standing, mayWork } = useCard()
  const { maps } = useMaps()
  const [asked, setAsked] = useState<Asked>()
  const open = shown.status === 'open'
  const byHand = shown.kind === 'deal' && shown.mode !== 'process'
  const outcomes = open && standing.directs && !byHand ? (route?.outcomes ?? []) : []
  const maySwitch = open && standing.directs && shown.kind === 'deal' && shown.mode === 'process' && maps.find((m) => m.id === shown.map?.id)?.manual_mode === 'allowed'
  const command = (id: string, label: string, what: Asked) => ({ id, label, run: () => setAsked(what) })
  useCommands([
    ...(open && standing.directs && byHand ? (['won', 'lost'] as const).map((result) => command(result, t('commands.close', { name: t(`results.${result}`) }), { kind: 'closeDeal', result })) : []),
    ...outcomes.map((outcome) => command(`close ${outcome.id}`, t('commands.close', { name: outcome.name }), { kind: 'close', outcome })),
    ...(!open && standing.heads ? [command('reopen', t('commands.reopen'), { kind: 'reopen' })] : []),
    ...(mayWork ? [command('followUp', t('commands.followUp'), { kind: 'followUp' }), command('payments', t('commands.payments'), { kind: 'payments' })] : []),
    ...(open && standing.directs && shown.mode === 'process' ? [command('deadline', t('commands.deadline'), { kind: 'deadline' })] : []),
    ...(maySwitch ? [command('manual', t('commands.manual'), { kind: 'manual' })] : []),
    ...(open && standing.directs ? [command('cancel', t('commands.cancel'), { kind: 'cancel' })] : []),
  ])
  return (
    <Group gap={6}>
      {open && standing.directs && byHand && (
        <>
          <ClosingButton good name={t('results.won')} onClick={() => setAsked({ kind: 'closeDeal', result: 'won' })} />
          <ClosingButton good={false} name={t('results.lost')} onClick={() => setAsked({ kind: 'closeDeal', result: 'lost' })} />
        </>
      )}
      {outcomes.map((outcome) => (
        <ClosingButton key={outcome.id} good={outcome.finish === 'positive'} name={outcome.name} onClick={() => setAsked({ kind: 'close', outcome })} />
      ))}
      {!open && standing.heads && (
        <Button size="compact-sm" h={32} variant="light" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => setAsked({ kind: 'reopen' })}>
          {t('commands.reopen')}
        </Button>
      )}
      {mayWork && (
        <Menu position="bottom-end" width={250}>
          <Menu.Target>
            <ActionIcon variant="default" size={32} aria-label={t('commands.more')}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconCopyPlus size={16} aria-hidden />} onClick={() => setAsked({ kind: 'followUp' })}>
              {t('commands.followUp')}
            </Menu.Item>
            <Menu.Item leftSection={<IconCash size={16} aria-hidden />} onClick={() => setAsked({ kind: 'payments' })}>
              {t('commands.payments')}
            </Menu.Item>
            {open && standing.directs && shown.mode === 'process' && (
              <Menu.Item leftSection={<IconCalendarTime size={16} aria-hidden />} onClick={() => setAsked({ kind: 'deadline' })}>
                {t('commands.deadline')}
              </Menu.Item>
            )}
            {maySwitch && (
              <Menu.Item leftSection={<IconHandStop size={16} aria-hidden />} onClick={() => setAsked({ kind: 'manual' })}>
                {t('commands.manual')}
              </Menu.Item>
            )}
            {open && standing.directs && (
              <Menu.Item color="red" leftSection={<IconBan size={16} aria-hidden />} onClick={() => setAsked({ kind: 'cancel' })}>
                {t('commands.cancel')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {asked !== undefined && (
        <Suspense>
          <Dialog asked={asked} onClose={() => setAsked(undefined)} />
        </Suspense>
      )}
    </Group>
  )
}

/** ClosingButton says that it closes the case, and how: the name of an end alone would read as if it had come. */
function ClosingButton({ good, name, onClick }: { good: boolean; name: string; onClick: () => void }) {
  const { t } = useTranslation('case')
  const Icon = good ? IconCircleCheck : IconCircleX
  return (
    <Button size="compact-sm" h={32} variant="light" color={good ? 'green' : 'red'} leftSection={<Icon size={16} aria-hidden />} onClick={onClick}>
      {t('commands.close', { name })}
    </Button>
  )
}
