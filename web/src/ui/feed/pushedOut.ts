interface Known {
  id: string
}

/** pushedOut is how many of the entries that were known are missing from the end of what has been read anew, newest first. */
export function pushedOut(read: readonly Known[], known: readonly Known[]): number {
  const newest = known[0]
  if (newest === undefined) return 0
  const come = read.findIndex((entry) => entry.id === newest.id)
  // Where it has not been read, so many have come that all that was known is behind.
  const fresh = come < 0 ? read.length : come
  return Math.max(0, fresh + known.length - read.length)
}
