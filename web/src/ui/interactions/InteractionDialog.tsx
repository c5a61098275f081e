import { Suspense } from 'react'

import { lazy } from '@/ui/lazy'

import type { About, Interaction } from './draft'

const InteractionWindow = lazy(() => import('./InteractionWindow'))

/**
 * What is asked of the dialog: to plan (R3) or record (R23) a new interaction, perhaps made from another as its subject (R24, R26), to
 * change one, or to complete it with its result and the next plan (R2).
 */
export type InteractionAsked = { to: 'plan' | 'record'; about?: About; subject?: Interaction } | { to: 'edit' | 'complete'; id: string }

interface Props {
  /** Nothing is shown while nothing is asked. */
  asked: InteractionAsked | undefined
  onClose: () => void
  /** After something was saved; the dialog closes by itself. */
  onSaved?: (interaction: Interaction) => void
}

/**
 * InteractionDialog is the one window of interactions, everywhere; it is loaded when it is needed first:
 *
 *     const [asked, ask] = useState<InteractionAsked>()
 *     <Button onClick={() => ask({ to: 'plan', about: { caseID, clientID } })}>…</Button>
 *     <InteractionDialog asked={asked} onClose={() => ask(undefined)} />
 */
export function InteractionDialog({ asked, onClose, onSaved }: Props) {
  if (asked === undefined) return null
  return (
    <Suspense fallback={null}>
      <InteractionWindow key={keyOf(asked)} asked={asked} onClose={onClose} onSaved={onSaved} />
    </Suspense>
  )
}

function keyOf(asked: InteractionAsked): string {
  return 'id' in asked ? `${asked.to} ${asked.id}` : `${asked.to} ${asked.subject?.id ?? ''} ${asked.about?.caseID ?? ''}`
}
