import { defaultClientConditions, defineConfig } from 'vite';
import { book } from './build/book.ts';
import { offline } from './build/offline.ts';
import { policy } from './build/policy.ts';
import { sentenceEncoder } from './build/sentence-encoder.ts';
import { tfjsBinaries } from './build/tfjs-binaries.ts';

/** The headers that make a page cross-origin isolated, for threads; where a host cannot send them, the service worker does. */
const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  base: './', // the site works from any folder of any host
  resolve: { conditions: ['@longspan/source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [book(), sentenceEncoder(), tfjsBinaries(), policy(), offline()],
  worker: { format: 'es', plugins: () => [] },
  build: { target: 'es2022', chunkSizeWarningLimit: 1500, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { headers: isolated },
  preview: { headers: isolated },
});
