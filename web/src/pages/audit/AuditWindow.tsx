import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import classes from '@/pages/settings/settings.module.css'
import { Window } from '@/ui/Window'

import { Action, type Entry } from './index'
import { useColumnName, useTableName } from './words'

interface Props {
  entry: Entry
  onClose: () => void
  onRecord: (record: string) => void
}

/** AuditWindow is one entry: what it says of the record before and after, and what proves that it has not been altered. */
export function AuditWindow({ entry, onClose, onRecord }: Props) {
  const { t } = useTranslation(['audit', 'common'])
  const format = useFormat()
  const userName = useUserName()
  const tableName = useTableName()
  const changed = [...new Set([...Object.keys(entry.before), ...Object.keys(entry.after)])].filter((name) => entry.action !== 'update' || name in entry.before)
  const { record_id: record } = entry
  const facts: [string, string | undefined][] = [
    [t('at'), format.full(entry.at)],
    [t('who'), entry.actor_id === undefined ? t('program') : userName(entry.actor_id) || entry.actor_id],
    [t('address'), entry.address],
    [t('by'), entry.program],
    [t('request'), entry.request_id],
    [t('record'), record],
    [t('chain'), `${entry.chain} № ${entry.seq}`],
    [t('hash'), entry.hash],
  ]
  return (
    <Window opened onClose={onClose} title={tableName(entry.table)} size="xl">
      <Stack gap="sm">
        <Group gap="xs">
          <Action action={entry.action} />
          {entry.case_id !== undefined && (
            <Anchor component={Link} to={`/cases/${entry.case_id}`} size="sm">
              {t('toCase')}
            </Anchor>
          )}
          {entry.client_id !== undefined && (
            <Anchor component={Link} to={`/clients/${entry.client_id}`} size="sm">
              {t('toClient')}
            </Anchor>
          )}
          {record !== undefined && (
            <Button size="compact-sm" variant="default" onClick={() => onRecord(record)}>
              {t('allOfRecord')}
            </Button>
          )}
        </Group>
        {entry.erased === true && <Text size="sm">{t('erasedText')}</Text>}
        <section aria-label={t('changes')}>
          <Text fw={600} size="sm">
            {t('changes')}
          </Text>
          <dl className={classes.change}>
            {changed.map((name) => (
              <Change key={name} name={name} entry={entry} />
            ))}
          </dl>
          {changed.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('noChanges')}
            </Text>
          )}
        </section>
        <section aria-label={t('about')}>
          <Text fw={600} size="sm">
            {t('about')}
          </Text>
          <dl className={classes.change}>
            {facts.map(([name, value]) =>
              value === undefined ? null : (
                <div key={name} style={{ display: 'contents' }}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
            )}
          </dl>
        </section>
      </Stack>
    </Window>
  )
}

function Change({ name, entry }: { name: string; entry: Entry }) {
  const { t } = useTranslation('audit')
  const shown = useShown()
  const columnName = useColumnName()
  const [before, after] = [shown(entry.before[name]), shown(entry.after[name])]
  return (
    <>
      <dt title={name}>{columnName(name)}</dt>
      <dd className="as-typed">
        {entry.action !== 'insert' && name in entry.before && (
          <>
            <del>
              <Text span inherit c="dimmed">
                {before || t('nothing')}
              </Text>
            </del>{' '}
          </>
        )}
        {entry.action !== 'delete' && <ins style={{ textDecoration: 'none' }}>{entry.action === 'insert' ? after || t('nothing') : `→ ${after || t('nothing')}`}</ins>}
      </dd>
    </>
  )
}

/** useShown writes a stored value for people: a colleague by name, what is no text as it is stored. */
function useShown(): (value: unknown) => string {
  const userName = useUserName()
  return (value) => {
    if (value === undefined || value === null) return ''
    if (typeof value === 'string') return userName(value) || value
    return JSON.stringify(value)
  }
}
