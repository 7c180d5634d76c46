import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { padding } from '@longspan/core-tensor';
import { fromPretrained, pretrainedFiles } from '@longspan/models';
import { universalSentenceEncoder } from '@longspan/models/universal-sentence-encoder';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { pieces } from './pieces.ts';
import { errorRow, largestDifference, type Row } from './row.ts';

const model = 'Universal Sentence Encoder lite';
const output = 'module_apply_default/Encoder_en/hidden_layers/l2_normalize';

/** After so many tokens the graph cuts. */
const cut = 128;

const sentences = [
  'Yes.',
  'Good morning, everyone!',
  'The cat sleeps on the warm windowsill.',
  'A kitten is napping in the sunlight by the window.',
  'Quarterly revenue rose 12.5% to $4,310,000, while operating costs fell by 3.2% compared with Q3 2023.',
  'Der Zug nach München fährt um 7:45 Uhr von Gleis 12 ab.',
  'To reset the router, hold the small button on its back for ten seconds, wait until all four lights blink twice, and then reconnect each device with the new password printed on the label.',
  'Photosynthesis turns light, water and carbon dioxide into sugar and oxygen. It happens in the chloroplasts of plant cells, where chlorophyll absorbs mostly red and blue light and reflects green. The first stage splits water and stores energy in two carrier molecules; the second uses that energy to build sugar.',
];

type Texts = readonly (readonly number[])[];

/** The ids of the texts, the last of which is longer than the graph reads. */
async function textsIn(folder: string): Promise<{ readonly short: Texts; readonly long: readonly number[] }> {
  const vocabulary: [string, number][] = JSON.parse(await readFile(join(folder, 'vocab.json'), 'utf8'));
  const short = sentences.map((text) => pieces(text, vocabulary));
  const tooLong = short.findIndex(({ length }) => length >= cut);
  if (tooLong >= 0) throw new Error(`a text must be below ${cut} tokens: ${sentences[tooLong]}`);
  return { short, long: pieces(sentences.join(' ').repeat(2), vocabulary) };
}

/** What tfjs's own run of the graph gives, on the backend that is current: [texts, 512]. */
export interface GraphVectors {
  readonly short: readonly number[];
  /** Of the text that the graph cuts. */
  readonly long: readonly number[];
}

export async function graphVectors(folder: string): Promise<GraphVectors> {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const [{ paths, weights }] = weightsManifest;
  const parts: Uint8Array[] = [];
  for (const path of paths) parts.push(await readFile(join(folder, path)));
  const weightData = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer()).buffer;
  const graph = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs: weights, weightData, format: 'graph-model' }) });
  const { short, long } = await textsIn(folder);
  const run = async (texts: Texts): Promise<readonly number[]> => {
    const places = texts.flatMap((ids, row) => ids.map((_, column) => [row, column] as [number, number]));
    const inputs = { indices: tensor2d(places, [places.length, 2], 'int32'), values: tensor1d(texts.flat(), 'int32') };
    const vectors = (await graph.executeAsync(inputs, output)) as Tensor;
    const found = Array.from(await vectors.data());
    for (const each of [inputs.indices, inputs.values, vectors]) each.dispose();
    return found;
  };
  const found = { short: await run(short), long: await run([long]) };
  graph.dispose();
  return found;
}

/** Our layers beside the graph, on the backend that is current. */
export async function checkSentenceEncoder(folder: string, graph: GraphVectors, place: string): Promise<readonly Row[]> {
  const { short, long } = await textsIn(folder);
  const first = await fromPretrained(folder, { family: universalSentenceEncoder, head: 'model' });
  const again = await fromPretrained(await pretrainedFiles(first), { family: universalSentenceEncoder, head: 'model' });
  const vectors = async (read: typeof first, texts: Texts): Promise<readonly number[]> => {
    const length = Math.max(...texts.map((ids) => ids.length));
    const rest = (ids: readonly number[]) => new Array<number>(length - ids.length).fill(0);
    const x = tensor2d(
      texts.map((ids) => [...ids, ...rest(ids)]),
      [texts.length, length],
      'int32',
    );
    const { hidden, pooled } = read.model.apply(read.parameters, x, {
      padding: padding(texts.map((ids) => [...ids.map(() => 1), ...rest(ids)])),
    });
    const found = Array.from(await pooled.data());
    for (const each of [x, hidden, pooled]) each.dispose();
    return found;
  };
  try {
    const most = Math.max(...short.map(({ length }) => length));
    const row = (check: string) => ({ model, check, place });
    const apart = largestDifference(await vectors(first, [long]), graph.long);
    return [
      errorRow(
        row(`the graph of tfjs (on cpu), ${short.length} texts of up to ${most} tokens`),
        largestDifference(await vectors(first, short), graph.short),
        1e-5,
      ),
      errorRow(row('the same, saved as safetensors and read again'), largestDifference(await vectors(again, short), graph.short), 1e-5),
      errorRow(
        row(`a text of ${long.length} tokens, the first ${cut} of them: the graph reads no more`),
        largestDifference(await vectors(first, [long.slice(0, cut)]), graph.long),
        1e-5,
      ),
      { ...row(`the same text read whole, beside the graph`), found: apart.toExponential(1), must: '> 1e-3', passed: apart > 1e-3 },
    ];
  } finally {
    first.dispose();
    again.dispose();
  }
}
