import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openPlace, type PlaceOptions } from '../parity/place.ts';
import { checkMiniLm } from './minilm.ts';
import type { Row } from './row.ts';
import { checkSentenceEncoder, type GraphVectors } from './sentence-encoder.ts';

/** What one process checks. */
export interface PlaceTask extends PlaceOptions {
  readonly minilm: string;
  readonly sentenceEncoder: string;
  /** The file of what the graph gave. */
  readonly graph: string;
}

// A process of its own: a backend that was started leaves its kernels and its memory.
const { minilm, sentenceEncoder, graph, ...options }: PlaceTask = JSON.parse(process.argv[2] ?? '{}');
const place = await openPlace(options);
const fixture = fileURLToPath(new URL('../golden/usage/minilm_real.safetensors', import.meta.url));
const vectors: GraphVectors = JSON.parse(await readFile(graph, 'utf8'));
const rows: Row[] = [
  ...(await checkMiniLm(minilm, fixture, place.name, options.kernels === 'longspan')),
  ...(await checkSentenceEncoder(sentenceEncoder, vectors, place.name)),
];
place.close();
process.stdout.write(`\n${JSON.stringify(rows)}\n`);
