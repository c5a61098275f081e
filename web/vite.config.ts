import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Where `npm run dev` sends what is not the page: a running Marshrut.
const server = process.env.MARSHRUT_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the policy lets in files of this host only
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200, // charts, loaded with the first report
  },
  server: {
    proxy: Object.fromEntries(['/api', '/docs', '/openapi', '/problems', '/favicon.ico'].map((path) => [path, { target: server, changeOrigin: true }])),
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
})
