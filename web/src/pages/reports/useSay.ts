import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormat } from '@/i18n/useFormat'

import type { Unit } from './model'

/** useSay has the words of reports, and writes their figures as the user's language does. */
export function useSay() {
  const { t } = useTranslation('reports')
  const { t: common } = useTranslation()
  const format = useFormat()
  return useMemo(() => {
    const write = (value: number, unit: Unit = 'count'): string => {
      if (unit === 'share') return format.percent(value)
      if (unit === 'duration') return format.duration(value)
      return format.number(value)
    }
    const amounts = (sums: { currency: string; amount: string }[] | null): string => (sums ?? []).map((sum) => format.money(sum.amount, sum.currency)).join(' · ')
    return { t, common, format, write, amounts }
  }, [t, common, format])
}

export type Say = ReturnType<typeof useSay>
