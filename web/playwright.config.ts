import { existsSync } from 'node:fs'

import { defineConfig } from '@playwright/test'

// The browser without its windows, which takes less of a machine, where it is.
const shell = '/usr/bin/chromium-headless-shell'

// The tests use the real program: bin/marshrut-standalone, with its own database, Temporal and mailbox, and Debian's Chromium.
export default defineConfig({
  testDir: 'tests',
  globalSetup: './tests/rig/start.ts',
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  retries: process.env.CI === undefined ? 0 : 1, // told as flaky
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    trace: 'on-first-retry', // it takes a third of the time: '--trace retain-on-failure' for one's own
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.MARSHRUT_CHROMIUM ?? (existsSync(shell) ? shell : '/usr/bin/chromium'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
