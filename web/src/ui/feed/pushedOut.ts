interface Known {
  id: string
}

/** pushedOut is how many of the entries that were known are missing from the end of what has been read anew, newest first. */
export function pushedOut(read: readonly Known[], known: readonly Known[]): number {
  const places = new Map(read.map((entry, place) => [entry.id, place]))
  // The first that is still there tells how far all have been pushed; without one all that was known is behind.
  const first = known.findIndex((entry) => places.has(entry.id))
  const missing = first < 0 ? known.length : Math.max(0, (places.get(known[first]?.id ?? '') ?? 0) + known.length - first - read.length)
  return missing
}
