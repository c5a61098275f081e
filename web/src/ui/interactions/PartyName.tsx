import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'

// Names seldom change; a list asks for those in sight only.
const seldom = 5 * 60_000

/** ClientName is what a client is called, as the way to its card. */
export function ClientName({ id }: { id: string | undefined }) {
  const client = useQuery({
    queryKey: [...keys.client(id ?? ''), 'plain'],
    queryFn: () => answer(api.GET('/api/v1/clients/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: id !== undefined,
    staleTime: seldom,
    retry: false,
  })
  if (id === undefined || client.data === undefined) return null
  return (
    <Link to={`/clients/${id}`} className="quiet-link">
      {client.data.name}
    </Link>
  )
}
