import { Group, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Schema } from '@/api/client'
import { Due } from '@/ui/bits'
import { Empty } from '@/ui/Empty'

import classes from './Agenda.module.css'

/** Appeals are one's open appeals, beside what one has planned (R41). */
export function Appeals({ appeals, now }: { appeals: { appeal: Schema<'CaseItem'>; at: string }[]; now: number }) {
  const { t } = useTranslation('agenda')
  return (
    <section className="panel" aria-labelledby="my-appeals">
      <Title order={2} size="h6" id="my-appeals" className={classes.dayHead}>
        {t('appeals.title')}
      </Title>
      {appeals.length === 0 && <Empty title={t('appeals.empty')} />}
      <ul className={classes.rows}>
        {appeals.map(({ appeal, at }) => (
          <li key={appeal.id} className={classes.row}>
            <div className={classes.what}>
              <Link to={`/cases/${appeal.number}`} className={classes.topic}>
                {appeal.topic || appeal.number}
              </Link>
              <Group gap={8}>
                <Text size="xs" c="dimmed">
                  {[appeal.number, appeal.client_name].filter(Boolean).join(' · ')}
                </Text>
                <Due at={at} overdue={Date.parse(at) < now} size="xs" />
              </Group>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
