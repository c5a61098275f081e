import type { Versioned } from '@/api/client'
import { ApiError } from '@/api/problem'

/** A record that is edited field by field: as it is shown, how it is read again and how a change of it is sent. */
export interface Edited<T, Patch> {
  /** As it is known now: what came in live is in it. */
  current: () => Versioned<T>
  read: () => Promise<Versioned<T>>
  write: (patch: Patch, etag: string) => Promise<Versioned<T>>
  /** Shows a newer version of the record. */
  show: (record: Versioned<T>) => void
}

/** Thrown when somebody else has changed the same field meanwhile: both values are to be shown, and one of them chosen. */
export class Conflict extends Error {
  constructor(readonly theirs: unknown) {
    super('changed meanwhile')
    this.name = 'Conflict'
  }
}

/** same compares two values of a field. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

const attempts = 4

/**
 * merge saves a change of one field. When others have changed other fields meanwhile, theirs stay and this one is added; when the
 * field itself is not as it was when one began (`before`), it throws a Conflict.
 */
export async function merge<T, Patch>(edited: Edited<T, Patch>, patch: Patch, field: (record: T) => unknown, before: unknown): Promise<void> {
  let record = edited.current()
  for (let attempt = 1; ; attempt += 1) {
    const theirs = field(record.data)
    if (!same(theirs, before)) {
      edited.show(record)
      throw new Conflict(theirs)
    }
    try {
      edited.show(await edited.write(patch, record.etag))
      return
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412 || attempt === attempts) throw error
      record = await edited.read()
    }
  }
}
