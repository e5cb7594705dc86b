/** How the web app is built: hashed files under `dist`, nothing inline (the content security policy forbids it). */
import { defineConfig } from 'vite';

const server = process.env.VAIDYA_URL ?? 'http://localhost:8080';

/** What every page is made of: the libraries, the parts of the design system, and the modules beside `main.tsx` that are not the call's. */
const SHELL = /node_modules\/(preact|@preact|@fluent)\/|src\/ui\/|src\/(api|i18n|kept|keys|live|outbox|router|shape|sign-in|stretching|socket|task|visits|when|who|wire)\.ts/;

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    // One file that every page needs instead of a dozen crumbs: on a slow line each request costs a round trip.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shell', test: SHELL }] } } },
  },
  server: {
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
    },
  },
});
