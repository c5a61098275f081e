import { Alert, Anchor, Badge, Group, Text, TextInput, Title } from '@mantine/core'
import { IconArrowUpRight, IconHandStop } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { InPlace } from '@/ui/edit/InPlace'
import { Due, KindBadge, StatusBadge } from '@/ui/bits'
import { useArrived } from '@/ui/Page'
import { UserPicker } from '@/ui/pickers'

import { useCard } from './card'
import classes from './case.module.css'
import { Commands } from './Commands'
import { ClientInPlace } from './Details'

/** Head says what the case is, how it stands, whose it is and until when; and has its commands. */
export function Head() {
  const { t } = useTranslation('case')
  const { shown, standing, change } = useCard()
  const format = useFormat()
  const userName = useUserName()
  const open = shown.status === 'open'
  const heading = useArrived()
  return (
    <section className={`panel ${classes.head}`} aria-label={shown.number}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <Group gap={8} style={{ flex: '1 1 200px' }}>
          <KindBadge kind={shown.kind} />
          <Text size="sm" fw={600}>
            {shown.number}
          </Text>
          {shown.result === undefined ? <StatusBadge status={shown.status} /> : <ResultBadge result={shown.result} />}
          {shown.mode === 'manual' && <Badge color="grape">{t('mode.manual')}</Badge>}
          {shown.mode === 'none' && <Badge color="gray">{t('mode.none')}</Badge>}
          {shown.negotiations && <Badge color="yellow">{t('negotiations')}</Badge>}
          {open ? <Due at={shown.due_at} overdue={shown.overdue} /> : shown.closed_at !== undefined && <Text size="sm" c="dimmed">{t('closedAt', { when: format.moment(shown.closed_at) })}</Text>}
        </Group>
        <Commands />
      </Group>
      <InPlace
        bare
        label={t('topic')}
        value={shown.topic}
        editable={open && standing.partakes}
        told={(topic) => topic}
        shown={(topic) => (
          <Title order={1} size="h3" id="page-title" tabIndex={-1} ref={heading} style={{ overflowWrap: 'anywhere' }}>
            {topic === '' ? t('noTopic') : topic}
          </Title>
        )}
        input={(draft, set, error) => <TextInput aria-label={t('topic')} size="md" value={draft} maxLength={1000} error={error} onChange={(e) => set(e.currentTarget.value)} />}
        save={(draft, before) => change({ topic: draft }, (c) => c.topic, before)}
        problem={(error) => error.field('/topic')}
      />
      <Group gap="xl" mt={2} align="flex-start" className={classes.whose ?? ''}>
        <ClientInPlace />
        <InPlace
          label={t('responsible')}
          value={shown.responsible_id ?? null}
          editable={open && standing.directs}
          shown={(id) => userName(id ?? undefined)}
          input={(draft, set, error) => <UserPicker aria-label={t('responsible')} value={draft} onChange={set} error={error} clearable={false} />}
          confirmed
          save={(draft, before) => (draft === null ? Promise.resolve() : change({ responsible_id: draft }, (c) => c.responsible_id ?? null, before))}
          problem={(error) => error.field('/responsible_id')}
        />
        {shown.parent_id !== undefined && (
          <div>
            <Text size="xs" c="dimmed">
              {t('madeFrom')}
            </Text>
            <Anchor component={Link} to={`/cases/${shown.parent_id}`} size="sm">
              {t('parent')} <IconArrowUpRight size={13} aria-hidden />
            </Anchor>
          </div>
        )}
      </Group>
      {shown.manual !== undefined && (
        <Alert color="grape" variant="light" mt="sm" p="xs" icon={<IconHandStop size={18} aria-hidden />} title={t('manual.since', { when: format.full(shown.manual.at), who: userName(shown.manual.by) })}>
          <Text size="sm" className="as-typed">
            {t('manual.reason')} {shown.manual.reason}
          </Text>
        </Alert>
      )}
    </section>
  )
}

function ResultBadge({ result }: { result: 'won' | 'lost' | 'under_review' | 'satisfied' | 'not_satisfied' }) {
  const { t } = useTranslation('case')
  const colors = { won: 'green', lost: 'red', under_review: 'blue', satisfied: 'green', not_satisfied: 'red' }
  return <Badge color={colors[result]}>{t(`results.${result}`)}</Badge>
}
