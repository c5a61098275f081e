import i18next from 'i18next'

import { asApiError, type ApiError } from '@/api/problem'

/** A problem as people read it. */
export interface Words {
  title: string
  detail: string | undefined
  error: ApiError
}

const listing = ['validation_failed', 'template_invalid']

/** wordsOf puts a problem into words: the server's own, or the page's where nobody answered, what did is not Marshrut, or one has to sign in. */
export function wordsOf(thrown: unknown): Words {
  const error = asApiError(thrown)
  const { t } = i18next
  switch (error.code) {
    case 'offline':
      return { title: t('offline.title'), detail: t('offline.text'), error }
    case 'unexplained':
      return { title: t('unexplained.title', { status: error.status }), detail: t(error.status >= 500 ? 'unexplained.fault' : 'unexplained.refusal'), error }
    case 'not_signed_in':
    case 'session_expired':
      return { title: t('expired.title'), detail: t('expired.text'), error }
  }
  // That there is a list of what is wrong is for programs: here the list itself is shown.
  const listed = listing.includes(error.code) && (error.problem.errors ?? []).length > 0
  return { title: error.problem.title, detail: listed ? undefined : error.problem.detail, error }
}

/** sentence begins with a capital what else stands within one. */
export const sentence = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1)
