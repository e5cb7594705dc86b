/** How the web app is built: hashed files under `dist`, nothing inline (the content security policy forbids it). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, defineConfig, type Plugin } from 'vite';

const server = process.env.VAIDYA_URL ?? 'http://localhost:8080';

/** What every page is made of: the libraries, the parts of the design system, and the modules beside `main.tsx` that are not the call's. */
const SHELL = /node_modules\/(preact|@preact|@fluent)\/|src\/ui\/|src\/(api|i18n|kept|keys|live|outbox|router|shape|sign-in|stretching|socket|task|visits|when|who|wire)\.ts/;

/**
 * The checker of proofs as one file, `check.html`, which people save and open without the clinic: all of it is inside, and it may ask nobody
 * anything. Served by the clinic it does nothing, as its policy allows no script inline; the app gives it to be saved.
 */
function checker(): Plugin {
  return {
    name: 'checker',
    apply: 'build',
    async closeBundle() {
      const made = await build({
        configFile: false,
        logLevel: 'warn',
        root: import.meta.dirname,
        publicDir: false,
        build: { write: false, target: 'es2022', rolldownOptions: { input: 'src/pages/ledger/checker.tsx', output: { format: 'iife' } } },
      });
      const [first] = Array.isArray(made) ? made : [made];
      const chunk = first !== undefined && 'output' in first ? first.output.find((one) => one.type === 'chunk') : undefined;
      if (chunk === undefined) throw new Error('the checker was not built');
      const page = readFileSync(join(import.meta.dirname, 'src/pages/ledger/checker.html'), 'utf8');
      // As a function: what is put in has dollar signs of its own.
      writeFileSync(join(import.meta.dirname, 'dist/check.html'), page.replace('/*checker*/', () => chunk.code.replaceAll('</script', '<\\/script')));
    },
  };
}

export default defineConfig({
  base: '/',
  plugins: [checker()],
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
