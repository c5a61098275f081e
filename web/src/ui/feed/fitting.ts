/** handful is how many entries show where nothing says how many fit. */
export const handful = 5

/**
 * fitting is how many of a feed's newest entries fit into its room. Places are their lower edges from the oldest on, where the list begins at 0,
 * the last being its whole height: what stands between them, the names of days, counts too. `heads` is how much higher the list gets when an
 * entry is the first that shows: by the name of its day, where that stands above an older one. The newest shows however small the room is.
 */
export function fitting(places: readonly number[], room: number, heads: readonly number[] = []): number {
  const whole = places.at(-1) ?? 0
  let count = 0
  for (let i = places.length - 1; i >= 0 && whole - (places[i - 1] ?? 0) <= room; i--) {
    // With an older one of the same day it may fit although by itself it would not.
    if (whole - (places[i - 1] ?? 0) + (heads[i] ?? 0) <= room) count = places.length - i
  }
  return Math.max(Math.min(1, places.length), count)
}
