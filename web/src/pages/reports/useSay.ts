import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useBlocks } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'

import type { Unit } from './model'

/** useSay has the words of reports, writes their figures as the user's language does, and knows which of them the company's blocks leave (R22). */
export function useSay() {
  const { t } = useTranslation('reports')
  const { t: common } = useTranslation()
  const format = useFormat()
  const { interactions, deals } = useBlocks()
  return useMemo(() => {
    const write = (value: number, unit: Unit = 'count'): string => {
      if (unit === 'share') return format.percent(value)
      if (unit === 'duration') return format.duration(value)
      return format.number(value)
    }
    const amounts = (sums: { currency: string; amount: string }[] | null): string => (sums ?? []).map((sum) => format.money(sum.amount, sum.currency)).join(' · ')
    return { t, common, format, write, amounts, kept: { interactions, deals } }
  }, [t, common, format, interactions, deals])
}

export type Say = ReturnType<typeof useSay>
