import { Text, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { Problem } from './edit'
import classes from './maps.module.css'

interface Props {
  problems: readonly Problem[]
  /** The text is not checked yet as it stands. */
  checking: boolean
  valid: boolean | undefined
  onGo: (line: number, column: number) => void
}

/** Problems lists what is wrong with a map and what is worth a look; each leads to its place in the text. */
export function Problems({ problems, checking, valid, onGo }: Props) {
  const { t } = useTranslation('maps')
  const errors = problems.filter((one) => one.severity === 'error').length
  return (
    <section className="panel" style={{ padding: 8 }} aria-label={t('problems.title')}>
      <Text size="sm" fw={600} px={8} role="status" c={!checking && errors > 0 ? 'var(--mantine-color-error)' : undefined}>
        {checking ? t('problems.checking') : errors > 0 ? t('problems.errors', { count: errors }) : valid === true ? t('problems.none') : ''}
        {!checking && problems.length > errors && ` · ${t('problems.warnings', { count: problems.length - errors })}`}
        {!checking && problems.length === 0 && valid === true && <IconCircleCheck size={15} aria-hidden style={{ verticalAlign: -2, marginLeft: 6 }} />}
      </Text>
      {problems.length > 0 && (
        <ul className={classes.problems}>
          {problems.map((one, i) => (
            <li key={i}>
              <UnstyledButton className={classes.problem ?? ''} onClick={() => onGo(one.line ?? 1, one.column ?? 1)}>
                {one.severity === 'error' ? <IconCircleX size={16} aria-label={t('problems.error')} color="var(--mantine-color-error)" /> : <IconAlertTriangle size={16} aria-label={t('problems.warning')} />}
                <span>
                  {one.line ?? 1}:{one.column ?? 1} {one.detail}
                  {one.hint !== undefined && one.hint !== '' && (
                    <Text span size="sm" c="dimmed">
                      {' '}
                      {one.hint}
                    </Text>
                  )}
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
