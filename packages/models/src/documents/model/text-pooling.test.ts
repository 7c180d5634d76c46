import { writeSafetensors } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { memory, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkpointOf, json, smallConfig, smallWeights } from '../../../test/checkpoint.ts';
import { modules, sentenceFolder } from '../../../test/sentence-folder.ts';
import { wordTokenizer } from '../../../test/text.ts';
import { fromPretrained } from '../../pretrained/from-pretrained.ts';
import type { NamedBytes } from '../../pretrained/given-files.ts';
import { embed } from '../embed/embed.ts';
import { embedTexts } from '../embed/embed-texts.ts';
import { langChainEmbeddings } from '../embed/langchain.ts';
import { createIndex, updateIndex } from '../search/document-index.ts';
import { indexFile, openIndex } from '../search/index-file.ts';
import { search } from '../search/search.ts';
import type { TextModel } from './text-model.ts';

const close = { atol: 2e-6, rtol: 2e-5 };
const texts = ['It rains.', 'I wait for the late train.', 'Well.'];

const weight = Float32Array.from({ length: 24 }, (_, at) => Math.sin(at * 3.7 + 1));
const bias = Float32Array.of(0.3, -0.2, 0.1);
const dense: NamedBytes = {
  '2_Dense/config.json': json({ in_features: 8, out_features: 3, bias: true }),
  '2_Dense/model.safetensors': writeSafetensors({
    tensors: {
      'linear.weight': { dtype: 'F32', shape: [3, 8], values: weight },
      'linear.bias': { dtype: 'F32', shape: [3], values: bias },
    },
  }),
};

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.dispose();
});
beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await withBackend('cpu');
});

/** A checkpoint of sentence-transformers whose texts are pooled like that. */
async function checkpoint(pooling: object, kinds: readonly string[] = ['Transformer', 'Pooling'], more: NamedBytes = {}) {
  const folder = sentenceFolder(
    checkpointOf(await smallWeights(), { ...smallConfig, max_position_embeddings: 64 }),
    {},
    { 'modules.json': json(modules(...kinds)), '1_Pooling/config.json': json(pooling), ...more },
  );
  const long = { ...(await smallWeights()) };
  const table = long['embeddings.position_embeddings.weight'];
  const values = Float32Array.from({ length: 64 * 8 }, (_, at) => Math.sin(at));
  const files = {
    ...folder,
    'model.safetensors': writeSafetensors({
      tensors: { ...long, 'embeddings.position_embeddings.weight': { ...(table as { dtype: 'F32' }), shape: [64, 8], values } },
    }),
  };
  const pretrained = await fromPretrained(files);
  open.push(pretrained);
  const model = { ...pretrained, tokenizer: wordTokenizer(11) } as object as TextModel;
  return { pretrained, model };
}

/** The vector of a text as the checkpoint's own modules give it, read alone. */
async function alone({ pretrained, model }: Awaited<ReturnType<typeof checkpoint>>, text: string): Promise<Float32Array> {
  const ids = [1, ...(await model.tokenizer.encode(text)).ids, 2];
  const vector = tidy(() => {
    const { hidden } = pretrained.model.apply(pretrained.parameters, tensor2d(ids, [1, ids.length], 'int32'));
    const { layer, parameters } = pretrained.sentence as NonNullable<typeof pretrained.sentence>;
    return layer.apply(parameters, hidden);
  });
  return vector.data<'float32'>();
}

describe('embedTexts', () => {
  it.each([
    ['cls', { pooling_mode_cls_token: true }, ['Transformer', 'Pooling'], {}, { modes: ['cls'], dense: 0, normalise: false }],
    [
      'max, to length 1',
      { pooling_mode_max_tokens: true },
      ['Transformer', 'Pooling', 'Normalize'],
      {},
      { modes: ['max'], dense: 0, normalise: true },
    ],
    ['last token', { pooling_mode_lasttoken: true }, ['Transformer', 'Pooling'], {}, { modes: ['lasttoken'], dense: 0, normalise: false }],
    [
      'two modes',
      { pooling_mode: ['mean', 'cls'] },
      ['Transformer', 'Pooling'],
      {},
      { modes: ['mean', 'cls'], dense: 0, normalise: false },
    ],
    [
      'a linear map',
      { pooling_mode_mean_tokens: true },
      ['Transformer', 'Pooling', 'Dense'],
      dense,
      { modes: ['mean'], dense: 1, normalise: false },
    ],
    [
      'cls and a linear map, to length 1',
      { pooling_mode_cls_token: true },
      ['Transformer', 'Pooling', 'Dense', 'Normalize'],
      dense,
      { modes: ['cls'], dense: 1, normalise: true },
    ],
  ])('gives what the checkpoint gives, packed as one by one: %s', async (_, pooling, kinds, more, used) => {
    const made = await checkpoint(pooling, kinds, more);
    const before = memory().numTensors;
    const found = await embedTexts(texts, made.model);
    expect(memory().numTensors).toBe(before);
    expect(found.pooling).toEqual({ by: 'checkpoint', ...used });
    for (const [at, text] of texts.entries()) expectClose(found.vectors[at] as Float32Array, await alone(made, text), close, text);
    const chain = langChainEmbeddings(made.model);
    expect(await chain.embedQuery(texts[0] as string)).toEqual(
      Array.from((await embedTexts([texts[0] as string], made.model)).vectors[0] ?? []),
    );
  });

  it('does otherwise where it is asked to, and says so', async () => {
    const made = await checkpoint({ pooling_mode_cls_token: true }, ['Transformer', 'Pooling', 'Dense'], dense);
    const { sentence: _, ...without } = made.model;
    const [asked, plain] = [await embedTexts(texts, made.model, { modes: ['mean'] }), await embedTexts(texts, without)];
    expect(asked.vectors).toEqual(plain.vectors);
    expect(asked.pooling).toEqual({ by: 'options', modes: ['mean'], dense: 0, normalise: true });
    expect(plain.pooling).toEqual({ by: 'default', modes: ['mean'], dense: 0, normalise: true });
    const [unit] = (await embedTexts(texts, made.model, { normalise: true })).vectors;
    expect(Math.hypot(...(unit as Float32Array))).toBeCloseTo(1, 6);
    await expect(embedTexts(texts, { ...made.model, sentence: {} as never })).rejects.toThrow('embedTexts: model.sentence.pooling');
  });
});

describe('late chunking', () => {
  const document = 'It rains. I wait.\n\nThe train is late, and I read.';

  it("puts the mean of a unit's tokens through the checkpoint's linear maps, and asks with the like", async () => {
    const made = await checkpoint({ pooling_mode_mean_tokens: true }, ['Transformer', 'Pooling', 'Dense'], dense);
    const { sentence: _, ...without } = made.model;
    const before = memory().numTensors;
    const [found, means] = [await embed(document, made.model, { locale: 'en' }), await embed(document, without, { locale: 'en' })];
    expect(memory().numTensors).toBe(before);
    expect([found.width, found.pooling]).toEqual([3, { by: 'checkpoint', modes: ['mean'], dense: 1, normalise: true }]);
    // Of means of length 1 the maps give something else: the tokens themselves are needed.
    const { ids, offsets } = await made.model.tokenizer.encode(document);
    const row = [1, ...ids, 2];
    const { hidden } = made.pretrained.model.apply(made.pretrained.parameters, tensor2d(row, [1, row.length], 'int32'));
    const states = ((await hidden.array()) as number[][][])[0]?.slice(1, -1) as number[][];
    for (const level of ['sentences', 'paragraphs', 'sections'] as const) {
      for (let unit = 0; unit < found[level].count; unit++) {
        const { start, end, vector } = found[level].at(unit);
        const own = states.filter((__, token) => (offsets[2 * token] as number) >= start && (offsets[2 * token] as number) < end);
        const mean = Array.from({ length: 8 }, (__, at) => own.reduce((sum, each) => sum + (each[at] as number), 0) / own.length);
        const mapped = Array.from(bias, (start, out) =>
          Math.tanh(mean.reduce((sum, x, at) => sum + x * (weight[out * 8 + at] as number), start)),
        );
        const length = Math.hypot(...mapped);
        expectClose(
          vector,
          mapped.map((value) => value / length),
          { atol: 5e-6, rtol: 5e-5 },
          `${level} ${unit}`,
        );
      }
    }
    expect(means.width).toBe(8);
  });

  it('keeps these vectors in the file of an index, through edits too', async () => {
    const { model } = await checkpoint({ pooling_mode_mean_tokens: true }, ['Transformer', 'Pooling', 'Dense'], dense);
    const index = await createIndex(document, model, { locale: 'en' });
    const found = await search(index, 'late train', { by: 'vectors' });
    const same = openIndex(indexFile(index), model);
    expect(await search(same, 'late train', { by: 'vectors' })).toEqual(found);
    expect(same.embedding.sections.vectors).toEqual(index.embedding.sections.vectors);
    const edited = await updateIndex(same, `${document} Well.`);
    expect(edited.embedding.sentences.vectors).toEqual(
      (await createIndex(edited.text, model, { locale: 'en' })).embedding.sentences.vectors,
    );
    const { sentence: _, ...without } = model;
    expect(() => openIndex(indexFile(index).slice(), { ...model, ...without, sentence: undefined })).not.toThrow(); // by the means that it holds
    const plain = await createIndex(document, without, { locale: 'en' });
    expect(() => openIndex(indexFile(plain), model)).toThrow('openIndex: the file must be the index of a document.');
  });

  it.each([
    ['cls', { pooling_mode_cls_token: true }, 'cls'],
    ['max', { pooling_mode_max_tokens: true }, 'max'],
    ['two modes', { pooling_mode: ['mean', 'cls'] }, 'mean, cls'],
  ])('is refused where the checkpoint pools otherwise, unless the mean is asked for: %s', async (_, pooling, got) => {
    const { model } = await checkpoint(pooling);
    const { sentence: __, ...without } = model;
    await expect(embed(document, model)).rejects.toThrow(
      'embed: a document that is read in windows and pooled after must be pooled by the mean of tokens.\n' +
        "  expected  a checkpoint whose pooling is the mean  (set by 1_Pooling/config.json), or { pooling: 'mean' }\n" +
        `  got       ${got}\n`,
    );
    await expect(createIndex(document, model)).rejects.toThrow('createIndex: a document that is read in windows');
    const options = { locale: 'en', pooling: 'mean' } as const;
    const [index, plain] = [await createIndex(document, model, options), await createIndex(document, without, { locale: 'en' })];
    expect(index.embedding.pooling).toEqual({ by: 'options', modes: ['mean'], dense: 0, normalise: true });
    expect(index.embedding.sentences.vectors).toEqual(plain.embedding.sentences.vectors);
    const found = await search(index, 'late train');
    expect(found).toEqual(await search(plain, 'late train'));
    expect(await search(openIndex(indexFile(index), model), 'late train')).toEqual(found);
    await expect(embed(document, model, { pooling: 'cls' as never })).rejects.toThrow("embed: pooling must be 'mean', or be left out.");
  });
});
