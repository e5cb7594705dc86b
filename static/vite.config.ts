/** How the web app is built: hashed files under `dist`, nothing inline (the content security policy forbids it). */
import { defineConfig } from 'vite';

const server = process.env.VAIDYA_URL ?? 'http://localhost:8080';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
    },
  },
});
