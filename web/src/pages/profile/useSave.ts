import { useTranslation } from 'react-i18next'

import { asApiError, type ApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Conflict } from '@/ui/edit/merge'
import { tell } from '@/ui/tell'

import { useChangeMe, useOwn, type MePatch } from './me'

/** useSave saves a form about oneself, and says when it is done or that it was changed elsewhere. */
export function useSave(onSaved?: () => void): { save: (patch: MePatch) => void; busy: boolean; error: ApiError | undefined } {
  const { t } = useTranslation('profile')
  const me = useOwn()
  const change = useChangeMe()
  const saving = useMutation({
    mutationFn: (patch: MePatch) => change(patch, me),
    onSuccess: () => {
      tell.done(t('saved'))
      onSaved?.()
    },
  })
  const error = saving.error === null ? undefined : saving.error instanceof Conflict ? asApiError(new Error(t('changedElsewhere'))) : asApiError(saving.error)
  return { save: saving.mutate, busy: saving.isPending, error }
}
