import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { encoderFolder } from '../src/views/ask/encoder-files.ts';

/** What the service worker need not keep before it is asked for: source maps, and the weights that a first question fetches. */
const isLeftOut = (file: string): boolean => file.endsWith('.map') || file === 'service-worker.js' || file.startsWith(encoderFolder);

/**
 * Builds the service worker in one file, with the names and hashes of all files of the site inside: it keeps them for the next visit
 * without a network.
 */
export function offline(): Plugin {
  let publicFolder = '';
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    configResolved({ publicDir }) {
      publicFolder = publicDir;
    },
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const made = Object.values(bundle)
          .filter(({ fileName }) => !isLeftOut(fileName))
          .map((file) => ({ url: file.fileName, revision: hash(file.type === 'chunk' ? file.code : file.source) }));
        const files = [...made, ...publicFiles(publicFolder)];
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

/** What is copied into the site as it is: the icon, the models. */
const publicFiles = (folder: string): { readonly url: string; readonly revision: string }[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ url: relative(folder, path).split(sep).join('/'), revision: hash(readFileSync(path)) }));

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 16);
