import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useMe } from '@/app/session'

import { Format } from './format'

/** useFormat is the Format of whoever is signed in. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  const zone = useMe()?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const lang = i18n.language === 'en' ? 'en' : 'ru'
  return useMemo(() => new Format(lang, zone), [lang, zone])
}
