import { Suspense, useSyncExternalStore } from 'react'

import { lazy } from '@/ui/lazy'
import { questions } from '@/ui/questions'
import { useLoadedWhenQuiet } from '@/ui/useLoadedWhenQuiet'

const load = () => import('./ShownQuestions')
const Shown = lazy(load)

/** Questions is the place of the windows that ask before something is done; they come when the rest of the page has. */
export function Questions() {
  const asked = useSyncExternalStore(questions.subscribe, questions.asked)
  useLoadedWhenQuiet(load)
  return asked ? (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  ) : null
}
