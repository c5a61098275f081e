import '@fontsource-variable/inter/index.css'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app/global.css'

import { createRoot } from 'react-dom/client'

import { App } from './app/App'
import { startTexts } from './i18n/i18n'
import { watchUnread } from './ui/unread'
import { watchLeaving } from './ui/windows'

async function start(): Promise<void> {
  watchLeaving()
  watchUnread()
  await startTexts()
  const root = document.getElementById('root')
  if (root !== null) createRoot(root).render(<App />)
}

void start()
