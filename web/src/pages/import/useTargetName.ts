import { useTranslation } from 'react-i18next'

import { useTargets, type Import } from './imports'

const known = [
  'name', 'kind', 'status', 'lang', 'region', 'time_zone', 'source', 'owner_login', 'email', 'mailing', 'phone', 'mobile', 'site', 'address', 'legal_name', 'inn', 'kpp',
  'contact_name', 'contact_position', 'contact_email', 'contact_mailing', 'contact_mobile', 'client', 'position', 'birth_date',
] as const

/** useTargetName answers what a place is called that a column can go to. */
export function useTargetName(shown: Pick<Import, 'of' | 'targets'>): (target: string) => string {
  const { t } = useTranslation('imports')
  const places = useTargets(shown)
  return (target) => {
    if (shown.of === 'contact' && target === 'inn') return t('targets.client_inn')
    const place = known.find((one) => one === target)
    return place === undefined ? (places.find((one) => one.value === target)?.name ?? target) : t(`targets.${place}`)
  }
}
