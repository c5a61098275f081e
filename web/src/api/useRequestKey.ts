import { useCallback, useState } from 'react'

import { newKey } from './client'
import { asApiError } from './problem'

/**
 * useRequestKey is the Idempotency-Key of a form: the same one while it is not known what became of the request (no answer, a fault of
 * the server or of what stands before it, the first one still at work), another one once the server has refused it, since what is sent then is another request; and another one once it is done, where the form stays for the next.
 */
export function useRequestKey(): { key: string; refused: (error: unknown) => void; done: () => void } {
  const [key, setKey] = useState(newKey)
  const refused = useCallback((error: unknown) => {
    const { status, code } = asApiError(error)
    if (status >= 400 && status < 500 && status !== 401 && code !== 'idempotency_in_progress') setKey(newKey())
  }, [])
  const done = useCallback(() => setKey(newKey()), [])
  return { key, refused, done }
}
