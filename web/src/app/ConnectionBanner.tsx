import { IconPlugConnectedX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { connection } from '@/api/connection'

import classes from './Workplace.module.css'

/** ConnectionBanner says, while it is so, that the server is not reached; when it is again, all is read again. */
export function ConnectionBanner() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const standing = useSyncExternalStore(connection.subscribe, connection.now)
  const before = useRef(standing)
  useEffect(() => connection.watch(), [])
  useEffect(() => {
    if (standing === 'there' && before.current !== 'there') void queries.invalidateQueries()
    before.current = standing
  }, [standing, queries])
  // It is there always, so that a screen reader hears what comes into it.
  return (
    <div role="status" aria-live="polite" className={classes.connection} aria-label={t('connection.label')}>
      {standing !== 'there' && (
        <div className={classes.disconnected}>
          <IconPlugConnectedX size={18} aria-hidden />
          <span>{t(`connection.${standing}`)}</span>
        </div>
      )}
    </div>
  )
}
