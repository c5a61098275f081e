import { noop, useMutation as useTanstack, type DefaultError, type MutateOptions, type UseMutationOptions, type UseMutationResult } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'

interface AtWork<TData> {
  variables: unknown
  promise: Promise<TData>
}

/** alike tells whether two changes are one and the same. Files are told apart by themselves: their contents are not looked into. */
function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return !(a instanceof Blob || b instanceof Blob) && JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

/**
 * useMutation is React Query's, but a change that is asked for again while it is at work is done once: a button shows that it is at work
 * when the second click of a double click has come already. Different changes of one kind may run at the same time.
 */
export function useMutation<TData = unknown, TError = DefaultError, TVariables = void, TContext = unknown>(options: UseMutationOptions<TData, TError, TVariables, TContext>): UseMutationResult<TData, TError, TVariables, TContext> {
  const result = useTanstack(options)
  const { mutateAsync: send } = result
  const atWork = useRef<AtWork<TData>[]>([])
  const mutateAsync = useCallback(
    (variables: TVariables, callbacks?: MutateOptions<TData, TError, TVariables, TContext>): Promise<TData> => {
      const same = atWork.current.find((one) => alike(one.variables, variables))
      if (same !== undefined) return same.promise
      const over = () => {
        atWork.current = atWork.current.filter((one) => one !== begun)
      }
      const promise = send(variables, callbacks)
      const begun = { variables, promise }
      atWork.current.push(begun)
      promise.then(over, over)
      return promise
    },
    [send],
  )
  const mutate = useCallback((variables: TVariables, callbacks?: MutateOptions<TData, TError, TVariables, TContext>) => void mutateAsync(variables, callbacks).catch(noop), [mutateAsync])
  return { ...result, mutate, mutateAsync } as UseMutationResult<TData, TError, TVariables, TContext>
}
