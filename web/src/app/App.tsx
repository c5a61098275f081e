import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'

import { asApiError } from '@/api/problem'

import { Questions } from './Questions'
import { Places } from './router'
import { theme, variables } from './theme'
import { Toasts } from './Toasts'

// Passing troubles are tried again by themselves; refusals are answers.
const queries = new QueryClient({
  defaultOptions: {
    // What a browser says of its network is not waited for: what cannot be sent is told at once, and nothing lies unsent without a word.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 15_000,
      retry: (failures, error) => {
        const { status } = asApiError(error)
        return failures < 2 && (status === 0 || status >= 500)
      },
    },
  },
})

// The policy lets in styles that carry this answer's nonce: Mantine's own, and those that keep the page from scrolling under a dialog.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
setNonce(nonce)

/** App is the whole workplace. */
export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Toasts />
        <Places />
        <Questions />
      </QueryClientProvider>
    </MantineProvider>
  )
}
