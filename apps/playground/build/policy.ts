import type { Plugin } from 'vite';

/**
 * What the built page may do, in the page itself, so that any static host will do: scripts, styles and data of its own origin alone; no
 * code from text. WebAssembly needs 'wasm-unsafe-eval', and Longspan's threads start from blobs.
 */
const rules = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Vite's development server puts scripts and styles of its own into the page, so the rules stand in the built one. */
export function policy(): Plugin {
  return {
    name: 'policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: rules }, injectTo: 'head-prepend' },
    ],
  };
}
