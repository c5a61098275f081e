import type { Schema } from '@/api/client'
import type { InteractionKind } from '@/ui/interactions/draft'

export type As = Schema<'Acceptance'>['as']

/** Who turned to us: somebody known, or somebody new. */
export type Who =
  | { kind: 'known'; clientID: string; clientName: string; contactID: string | null }
  | { kind: 'new'; name: string; phone: string; email: string; individual: boolean; anyway: boolean }

/** Request is what is typed in the wizard. */
export interface Request {
  who: Who | undefined
  /** What he is being looked for by. */
  words: string
  as: As
  map: string | null
  kind: InteractionKind
  topic: string
  content: string
  source: string | null
  lostReason: string | null
  fields: Record<string, unknown>
}

/** What an intake form asks for has a place of its own in the wizard. */
const ownPlaces = ['client', 'contact', 'topic', 'source']

/** furtherItems are the fields of an intake form that the wizard has no place of its own for. */
export const furtherItems = (map: Schema<'OfferedMap'> | undefined): Schema<'Item'>[] => (map?.intake ?? []).filter((item) => !ownPlaces.includes(item.field))

/** wantsSource tells whether a map must know where the client came from. */
export const wantsSource = (map: Schema<'OfferedMap'> | undefined): boolean => (map?.intake ?? []).some((item) => item.field === 'source' && item.required)

/** bodyOf is the request in the words of the API; of what is lost nothing more is kept than the interaction (R1). */
export function bodyOf(request: Request, fields: Record<string, unknown>): Schema<'AcceptInputBody'> {
  const { who } = request
  const lost = request.as === 'lost'
  return {
    as: request.as, kind: request.kind, topic: request.topic.trim(), content: request.content || undefined,
    ...(who?.kind === 'known' ? { client_id: who.clientID, contact_id: who.contactID ?? undefined } : {}),
    ...(who?.kind === 'new'
      ? { client: { name: who.name.trim(), phone: who.phone.trim() || undefined, email: who.email.trim() || undefined, kind: who.individual ? 'individual' : 'company', create_anyway: who.anyway || undefined } }
      : {}),
    ...(lost ? { lost_reason: request.lostReason ?? undefined } : { map: request.map ?? undefined, source: request.source ?? undefined, ...(Object.keys(fields).length > 0 ? { fields } : {}) }),
  }
}
