import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** freePort is a port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function answers(url: string, program: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    if (program.exitCode !== null) throw new Error(`marshrut-standalone ended:\n${readFileSync(log, 'utf8')}`)
    const ready = await fetch(url).then((a) => a.ok, () => false)
    if (ready) return
    if (Date.now() > deadline) throw new Error(`marshrut-standalone is not ready:\n${readFileSync(log, 'utf8')}`)
    await new Promise((later) => setTimeout(later, 100))
  }
}

/** A program that runs: where its page and its mailbox are, and how it is ended. */
export interface Program {
  url: string
  mailbox: string
  end: () => Promise<void>
}

/** launch starts a program of its own, on an empty folder and free ports; end ends it and removes the folder. */
export async function launch(): Promise<Program> {
  const data = mkdtempSync(join(tmpdir(), 'marshrut-web-'))
  const log = join(data, 'log')
  const on = async () => `127.0.0.1:${await freePort()}`
  const address = await on()
  const env = {
    ...process.env,
    MARSHRUT_ADDR: address, MARSHRUT_DATA: join(data, 'data'), MARSHRUT_TEMPORAL_ADDR: await on(), MARSHRUT_UI_ADDR: await on(), MARSHRUT_MAIL_ADDR: await on(), MARSHRUT_MAILBOX_ADDR: await on(),
  }
  const program = spawn(process.env.MARSHRUT_STANDALONE ?? join(import.meta.dirname, '../../../bin/marshrut-standalone'), [], { env, stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')] })
  const end = async () => {
    const ended = new Promise((done) => (program.exitCode === null ? program.once('exit', done) : done(undefined)))
    program.kill('SIGTERM')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
  try {
    await answers(`http://${address}/readyz`, program, log)
  } catch (error) {
    await end()
    throw error
  }
  return { url: `http://${address}`, mailbox: `http://${env.MARSHRUT_MAILBOX_ADDR}`, end }
}

/** Starts the program before all tests and ends it after them. MARSHRUT_URL names one that runs already. */
export default async function start(): Promise<() => Promise<void>> {
  if (process.env.MARSHRUT_URL !== undefined) return () => Promise.resolve()
  const program = await launch()
  process.env.MARSHRUT_URL = program.url
  process.env.MARSHRUT_MAILBOX = program.mailbox
  return program.end
}
