import { answer, api, type Schema } from './client'
import { ApiError, asApiError, offline } from './problem'

export type CommandResult = Schema<'CommandResult'>

const firstPause = 300
const longestPause = 3_000
const patience = 60_000

/**
 * decided waits until a command (a completion, a move, a close …) is decided: usually the answer says so; of one that was stored only
 * (202) it asks until then. A refusal is thrown, also one that comes later.
 */
export async function decided(call: Promise<{ data?: CommandResult; error?: unknown; response: Response }>): Promise<CommandResult> {
  const result = (await answer(call)) as CommandResult | undefined
  const command = result?.command
  if (result === undefined || command?.status !== 'received') return result ?? {}
  const deadline = Date.now() + patience
  for (let pause = firstPause; Date.now() < deadline; pause = Math.min(longestPause, pause * 1.5)) {
    await new Promise((later) => setTimeout(later, pause))
    const now = await answer(api.GET('/api/v1/commands/{id}', { params: { path: { id: command.id } } })).catch((error: unknown) => {
      const { status } = asApiError(error)
      if (status === 0 || status >= 500) return undefined // ask again
      throw error
    })
    if (now?.status === 'applied') return { ...result, command: now }
    if (now?.status === 'refused' && now.refusal) throw new ApiError(now.refusal)
  }
  throw offline()
}
