import type { QueryClient } from '@tanstack/react-query'

import { connection } from './connection'
import { keys } from './keys'
import { Stream, type Change, type Wish } from './stream'

// Somebody at work changes many things in a moment: what shows many of them is read again twice a second at most.
const calm = 500

/** What shows what the company sets up. */
const setUp = [
  keys.me, keys.users, keys.departments, keys.offices, keys.roles, keys.absences, keys.calendars, keys.settings, keys.mailboxes, keys.webhooks, keys.references, keys.attributes, keys.regions,
  keys.sources, keys.tokens,
] as const

type Key = readonly [string, ...string[]]

/** What shows records that one may see no more. */
const records: readonly Key[] = [keys.tasks, keys.boards, keys.cases, keys.sales, keys.case, keys.interactions, keys.agenda, keys.clients, keys.contacts, ['client'], ['contact']]

/**
 * Live keeps what is shown true: it follows the server's events and has what they name read again. Pages say what they show: a case, or
 * many of them at once.
 */
export class Live {
  private readonly followed = new Map<string, number>()
  private many = 0
  private readonly stream: Stream
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly readAt = new Map<string, number>()

  constructor(private readonly queries: QueryClient) {
    this.stream = new Stream({
      change: (change) => this.apply(change),
      reset: () => void this.queries.invalidateQueries(),
      // What is followed from now on is read again, so that nothing of it is missed.
      begun: () => this.again(keys.tasks, keys.case),
      runs: (runs) => connection.hears(runs),
    })
  }

  /** start opens the stream; stop ends it. */
  start(): void {
    this.stream.start()
  }

  stop(): void {
    this.stream.stop()
    this.waiting.forEach((timer) => clearTimeout(timer))
    this.waiting.clear()
  }

  /** follow has the feed of a case followed until the answer is called. */
  follow(caseID: string): () => void {
    this.followed.set(caseID, (this.followed.get(caseID) ?? 0) + 1)
    this.wish()
    return () => {
      const left = (this.followed.get(caseID) ?? 1) - 1
      if (left > 0) this.followed.set(caseID, left)
      else this.followed.delete(caseID)
      this.wish()
    }
  }

  /** followMany has it heard that something has happened to any case one sees, until the answer is called. */
  followMany(): () => void {
    this.many += 1
    this.wish()
    return () => {
      this.many -= 1
      this.wish()
    }
  }

  private wish(): void {
    const wish: Wish = { cases: [...this.followed.keys()], many: this.many > 0 }
    this.stream.wish(wish)
  }

  private apply(change: Change): void {
    if (change.taken === true) this.again(...records)
    switch (change.topic) {
      case 'inbox':
        this.again(keys.tasks, keys.agenda)
        break
      case 'notices':
        this.again(keys.notices)
        break
      case 'interactions':
        this.again(keys.interactions, keys.agenda, keys.sales)
        break
      case 'clients':
        this.again(keys.clients, keys.contacts, ...this.cardsOf(change.id))
        break
      case 'maps':
        this.again(keys.routeMaps)
        break
      case 'templates':
        this.again(keys.templates)
        break
      case 'settings':
        this.again(...setUp)
        break
      case 'feed':
        if (this.followed.has(change.case_id ?? '')) this.again(keys.case)
        // An open task may be of a followed case, and of somebody else.
        if (this.many > 0 || this.followed.has(change.case_id ?? '')) this.again(keys.tasks, keys.boards, keys.cases, keys.sales)
        break
    }
  }

  /** cardsOf are the cards of a client and of the contacts that are known to be his; without an id those of all. */
  private cardsOf(client: string | undefined): Key[] {
    if (client === undefined) return [['client'], ['contact']]
    const contacts = this.queries.getQueryCache().findAll({ queryKey: ['contact'] }).filter((query) => clientOf(query.state.data) === client)
    return [keys.client(client), ...new Set(contacts.map((query) => String(query.queryKey[1])))].map((key) => (typeof key === 'string' ? keys.contact(key) : key))
  }

  private again(...roots: Key[]): void {
    for (const root of roots) this.readAgain(root)
  }

  /** readAgain reads at once what has not been for a while, and otherwise when the while is over. */
  private readAgain(root: Key): void {
    const name = root.join(' ')
    if (this.waiting.has(name)) return
    const rest = (this.readAt.get(name) ?? 0) + calm - Date.now()
    const read = () => {
      this.waiting.delete(name)
      this.readAt.set(name, Date.now())
      void this.queries.invalidateQueries({ queryKey: root })
    }
    if (rest <= 0) read()
    else this.waiting.set(name, setTimeout(read, rest))
  }
}

/** clientOf is whose contact it is, of an answer that is a contact's card. */
function clientOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined
  return 'client_id' in answer ? answer.client_id : 'data' in answer ? clientOf(answer.data) : undefined
}
