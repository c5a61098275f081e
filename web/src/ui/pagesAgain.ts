import type { InfiniteData } from '@tanstack/react-query'

import type { ListPage } from './ListTable'

/** Sight is which pages of a list are in sight, and what of it is as old as when it was. */
export class Sight {
  private pages: { first: number; last: number } | undefined
  /** Pages before this one have not been read again with the others. */
  private old = 0
  private at = 0

  /** move tells what is in sight now, and is told whether that has to be read again. */
  move(first: number, last: number): boolean {
    this.pages = { first, last }
    const stale = first < this.old
    if (stale) this.old = first
    return stale
  }

  /**
   * again is what a page that is to be read again is without asking for it; undefined: it is to be asked for. Pages come one after another,
   * from the first. Above what is in sight a page is what it was; below, an empty one whose next page is where it began, so that what was
   * there is read when one comes there.
   */
  again<T>(kept: InfiniteData<ListPage<T>, string | undefined>, after: string | undefined): ListPage<T> | undefined {
    if (this.pages === undefined) return undefined
    this.at = after === undefined ? 0 : this.at + 1
    if (this.at === 0) this.old = this.pages.first
    if (this.at < this.pages.first && kept.pageParams[this.at] === after) return kept.pages[this.at]
    if (this.at > this.pages.last && after !== undefined) return { items: [], next: after }
    return undefined
  }
}

/** pageOf is the page that a row is on. */
export function pageOf<T>(pages: readonly ListPage<T>[], row: number): number {
  let before = 0
  for (const [at, page] of pages.entries()) {
    before += page.items?.length ?? 0
    if (row < before) return at
  }
  return Math.max(0, pages.length - 1)
}
