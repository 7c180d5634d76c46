import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

/** What the service worker need not keep before it is asked for: source maps. */
const isLeftOut = (file: string): boolean => file.endsWith('.map') || file === 'service-worker.js';

/**
 * Builds the service worker in one file, with the names and hashes of all files of the site inside: it keeps them for the next visit
 * without a network.
 */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const files = Object.values(bundle)
          .filter(({ fileName }) => !isLeftOut(fileName))
          .map((file) => ({ url: file.fileName, revision: hash(file.type === 'chunk' ? file.code : file.source) }));
        const worker = await build({
          configFile: false,
          logLevel: 'silent',
          define: { FILES: JSON.stringify(files), 'process.env.NODE_ENV': '"production"' },
          build: {
            write: false,
            target: 'es2022',
            rollupOptions: { input: fileURLToPath(new URL('./service-worker.ts', import.meta.url)), output: { format: 'iife' } },
          },
        });
        const [output] = [worker].flat();
        if (output === undefined || !('output' in output)) throw new Error('The service worker was not built.');
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: output.output[0].code });
      },
    },
  };
}

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 16);
