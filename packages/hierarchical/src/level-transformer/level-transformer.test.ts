import { createLayout, type Mask } from '@longspan/attention-sparse';
import { createKey, randomUniform } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { concat, dispose, slice, sum, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { joinLevels, type Levels, levelsOf, textLevels, tokensOfLevel } from '../groups/levels.ts';
import { segmentText } from '../text/segment-text.ts';
import { levelMasks } from './level-masks.ts';
import { levelTransformer } from './level-transformer.ts';

const names = ['word', 'sentence', 'paragraph', 'text'];
const config = { width: 8, heads: 2, levels: 4, layers: 1, innerWidth: 12 };

/** Twelve paragraphs of two sentences. */
const text = Array.from({ length: 12 }, (_, at) => `This is paragraph ${at + 1} of a text. It has a second sentence, too.`).join('\n\n');

onBackends('levelTransformer', () => {
  it('a word changed in paragraph 1 changes a word of paragraph 9, and every sentence, paragraph and the text', async () => {
    const levels = textLevels(segmentText(text, { locale: 'en' }));
    expect(levels.counts.slice(1)).toEqual([24, 12, 1]);
    const layer = levelTransformer(config);
    const parameters = lively(layer.init);
    const n = levels.counts[0] as number;
    const x = draw('x', [1, n, 8]);
    const before = layer.apply(parameters, x, { levels }).states;
    expect(before.map(({ shape }) => shape)).toEqual([n, 24, 12, 1].map((count) => [1, count, 8]));
    const rows = (await x.array()) as number[][][];
    (rows[0] as number[][])[2] = [9, -3, 1, 4, -7, 2, 5, -1];
    const after = layer.apply(parameters, tensor3d(rows), { levels }).states;
    const words = tokensOfLevel(levels, 2).offsets;
    const ninth = words[8] as number;
    const far = async (tensors: readonly Tensor[]) => await slice(tensors[0] as Tensor, [0, ninth, 0], [1, 1, 8]).data();
    const [one, other] = [await far(before), await far(after)];
    expect(Math.max(...one.map((value, at) => Math.abs(value - (other[at] as number))))).toBeGreaterThan(1e-5);
    for (const [level, each] of before.entries()) {
      const [a, b] = [(await each.array()) as number[][][], (await (after[level] as Tensor).array()) as number[][][]];
      // What nothing reaches is the same to the last bit.
      const same = (a[0] as number[][]).filter((row, at) => row.every((value, feature) => value === b[0]?.[at]?.[feature]));
      expect(same, names[level]).toEqual([]);
    }
    dispose([Object.values(parameters), x, before as Tensor[], after as Tensor[]]);
  });

  it('texts packed into one sequence give what each gives alone', async () => {
    const texts = [
      levelsOf({
        names,
        offsets: [
          [0, 3, 4, 9],
          [0, 2, 3],
          [0, 2],
        ],
      }),
      levelsOf({
        names,
        offsets: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
      }),
      levelsOf({
        names,
        offsets: [
          [0, 0, 7],
          [0, 1, 2],
          [0, 2],
        ],
      }), // with a sentence and a paragraph that are empty
    ];
    const layer = levelTransformer({ ...config, layers: 2, window: { left: 2, right: 2 } });
    const parameters = lively(layer.init);
    const hidden = texts.map((levels, at) => draw(`x ${at}`, [2, levels.counts[0] as number, 8]));
    const packed = layer.apply(parameters, concat(hidden, 1), { levels: joinLevels(texts) }).states;
    const alone = texts.map((levels, at) => layer.apply(parameters, hidden[at] as Tensor, { levels }).states);
    for (const level of names.keys()) {
      const joined = concat(
        alone.map((outs) => outs[level] as Tensor),
        1,
      );
      expectClose(await (packed[level] as Tensor).data(), await joined.data(), { atol: 1e-5, rtol: 1e-4 }, names[level]);
    }
    dispose([Object.values(parameters), hidden, packed as Tensor[], alone as Tensor[][]]);
  });

  it('has the gradients of its input and of parameters of every kind, from every level', async () => {
    const levels = levelsOf({
      names,
      offsets: [
        [0, 3, 4, 9],
        [0, 2, 3],
        [0, 2],
      ],
    });
    const layer = levelTransformer(config);
    const all = lively(layer.init);
    const some = ['level.weight', 'layers.0.up.attention.key.weight', 'layers.0.down.attention.value.weight', 'layers.0.down.norm.weight'];
    const selected = Object.fromEntries([...some, 'layers.0.up.feed_forward.inner.bias'].map((name) => [name, all[name] as Tensor]));
    await expectGradients(
      ({ x, ...rest }) => tidy(() => concat([...layer.apply({ ...all, ...rest }, x as Tensor, { levels }).states], 1)),
      { ...selected, x: draw('x', [2, 9, 8]) },
    );
    dispose(Object.values(all));
  });

  it('leaks nothing, and rejects what does not fit', async () => {
    const levels = levelsOf({
      names,
      offsets: [
        [0, 3, 4, 9],
        [0, 2, 3],
        [0, 2],
      ],
    });
    const layer = levelTransformer(config);
    const parameters = lively(layer.init);
    const hidden = draw('x', [1, 9, 8]);
    expect(await leaked(() => [...layer.apply(parameters, hidden, { levels }).states])).toEqual({ tensors: 0, buffers: 0 });
    const other = levelTransformer({ ...config, levels: 3 });
    const ofOther = other.init(createKey(0));
    expect(() => other.apply(ofOther, hidden, { levels })).toThrow(
      new ConfigError({
        caller: 'levelTransformer',
        problem: 'context.levels must have as many levels as the layer.',
        expected: '3 levels',
        got: '4 (word, sentence, paragraph, text)',
        remedy: 'make the levels of all texts with the same options, and the layer for as many.',
      }),
    );
    expect(() => layer.apply(parameters, slice(hidden, [0, 0, 0], [1, 8, 8]), { levels })).toThrow(ShapeError);
    expect(() => layer.apply({}, hidden, { levels })).toThrow(ConfigError);
    dispose([hidden, Object.values(parameters), Object.values(ofOther)]);
  });
});

/** Units of one to `most` children, drawn, until there are `count` children. */
function drawnOffsets(name: string, count: number, most: number): number[] {
  const sizes = randomUniform(createKey(name), count);
  const offsets = [0];
  for (let at = 0; (offsets.at(-1) as number) < count; at++) {
    offsets.push(Math.min(count, (offsets.at(-1) as number) + 1 + Math.floor(most * (sizes[at] as number))));
  }
  return offsets;
}

function drawnLevels(words: number): Levels {
  const sentences = drawnOffsets(`sentences ${words}`, words, 40);
  const paragraphs = drawnOffsets(`paragraphs ${words}`, sentences.length - 1, 12);
  return levelsOf({ names, offsets: [sentences, paragraphs, [0, paragraphs.length - 1]] });
}

/** Blocks that one layer visits. */
function visitedBlocks(levels: Levels): number {
  const { upward, downward } = levelMasks(levels, { window: { left: 64, right: 64 } });
  const blocks = (mask: Mask, queryLength: number, keyLength: number): number =>
    createLayout(mask, { queryLength, keyLength, queryOffset: 0 }).indices.length;
  return levels.groups.reduce((total, { length, count }, at) => {
    const [up, down] = [upward[at] as Mask, downward[at] as Mask];
    return total + blocks(up, count, length + count) + blocks(down, length, length + count);
  }, 0);
}

it('visits a number of blocks that is linear in the words, whatever the text is like', () => {
  const perWord = (levels: Levels): number => visitedBlocks(levels) / (levels.counts[0] as number);
  const small = perWord(drawnLevels(4096));
  for (const words of [8192, 16384, 65536]) expect(perWord(drawnLevels(words))).toBeLessThan(1.1 * small);
  // One sentence of all words, and as many sentences as words: what no window would bound.
  for (const words of [4096, 65536]) {
    const endless = levelsOf({
      names,
      offsets: [
        [0, words],
        [0, 1],
        [0, 1],
      ],
    });
    const single = levelsOf({ names, offsets: [Array.from({ length: words + 1 }, (_, at) => at), [0, words], [0, 1]] });
    expect(perWord(endless)).toBeLessThan(2 * small);
    expect(perWord(single)).toBeLessThan(4 * small);
  }
});

it('reaches from one end of a long text to the other without any window that wide', async () => {
  const levels = drawnLevels(600);
  const layer = levelTransformer({ ...config, window: { left: 1, right: 1 } });
  const parameters = lively(layer.init);
  const x = draw('x', [1, 600, 8]);
  const near = await layer.apply(parameters, x, { levels }).hidden.array();
  const rows = (await x.array()) as number[][][];
  (rows[0] as number[][])[0] = [9, -3, 1, 4, -7, 2, 5, -1];
  const far = await layer.apply(parameters, tensor3d(rows), { levels }).hidden.array();
  const last = (values: unknown): number[] => (values as number[][][])[0]?.[599] as number[];
  expect(Math.max(...last(near).map((value, at) => Math.abs(value - (last(far)[at] as number))))).toBeGreaterThan(1e-6);
  dispose([x, sum(x), Object.values(parameters)]);
});
