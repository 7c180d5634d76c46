import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, defineLayer, embedding, type Layer, type LayerResult, writeSafetensors } from '@longspan/core-tensor';
import { openIndex, type TextModel } from '@longspan/models/documents';
import { max, mean } from '@tensorflow/tfjs-core';
import { type Accepted, row, type Table } from '../../row.ts';

/** One token for each word. */
const tokenizer = () => ({
  encode(text: string) {
    const found = [...text.matchAll(/\S+/g)];
    return {
      ids: Int32Array.from(found, ([word]) => 3 + (word.length % 6)),
      offsets: Uint32Array.from(found.flatMap(({ 0: word, index }) => [index, index + word.length])),
    };
  },
  decode: (ids: readonly number[]) => ids.map((id) => 'x'.repeat(1 + (id % 6))).join(' '),
  template: { single: { before: [1], after: [2] }, pair: { before: [1], between: [2], after: [2], secondType: 1 } },
});

const reader = <Out extends LayerResult>(model: Layer<never, Out>): TextModel<Out> => ({
  model,
  parameters: model.init(createKey(1)),
  tokenizer: tokenizer(),
});

/** Models of one table each: what is tried here are the functions around them. */
const words = { words: embedding({ vocabulary: 9, width: 4 }) };
const states = defineLayer({ name: 'states', parts: words, run: ({ parts }, ids) => ({ hidden: parts.words(ids) }) });
const classes = defineLayer({ name: 'classes', parts: words, run: ({ parts }, ids) => ({ hidden: mean(parts.words(ids), 1) }) });
const spans = defineLayer({
  name: 'spans',
  parts: words,
  run({ parts }, ids) {
    const hidden = parts.words(ids);
    return { hidden, startLogits: mean(hidden, 2), endLogits: max(hidden, 2) };
  },
});
const writes = defineLayer({
  name: 'writes',
  parts: { words: embedding({ vocabulary: 9, width: 9 }) },
  reads: ['globals', 'padding'],
  run: ({ parts }, ids) => parts.words(ids),
});

const work = () => ({ progress: () => undefined, signal: new AbortController().signal });
const writer = () => ({ ...reader(states), model: writes, parameters: writes.init(createKey(1)) });

const cut = () => ({ length: 12, overlap: 2, locale: 'en' });
const pooled = () => ({ modes: ['mean'], normalise: true, length: 12, tokensAtOnce: 64 });
const read = () => ({ ...cut(), heading: () => false, ...work() });
const text = 'It rains. I wait.\n\nThe train is late.';

/** The index of 'It rains.', of two tokens. */
const file = () => {
  const integers = (...values: number[]) => ({ dtype: 'I32', shape: [values.length], values: Int32Array.from(values) }) as const;
  return writeSafetensors({
    tensors: {
      text: { dtype: 'U16', shape: [9], values: Uint16Array.from('It rains.', (sign) => sign.charCodeAt(0)) },
      words: integers(0, 3, 8, 9),
      sentences: integers(0, 9),
      paragraphs: integers(0, 9),
      sections: integers(0, 9),
      headings: { dtype: 'U8', shape: [1], values: Uint8Array.of(0) },
      ids: integers(5, 3),
      offsets: { dtype: 'U32', shape: [2, 2], values: Uint32Array.of(0, 2, 3, 9) },
      paragraph_tokens: integers(0, 2),
      means: { dtype: 'F32', shape: [1, 4], values: Float32Array.of(1, 2, 3, 4) },
    },
    metadata: { format: 'longspan.document-index', index: JSON.stringify({ length: 10, overlap: 2, width: 4, locale: 'en' }) },
  });
};
const index = () => openIndex(file(), reader(states));
const saved = join(tmpdir(), `index-${process.pid}.safetensors`);

/** All options may be left out. */
const mayBeEmpty: Accepted[string] = ['bare', 'record'];

/** Any text is a document. */
const ofText: Accepted = { '0': ['text'], '2': mayBeEmpty };

const templated = () => ({
  encodeText: () => ({ ids: Int32Array.of(1, 5, 2), offsets: new Uint32Array(6), typeIds: [0, 0, 0], sequenceIds: [-1, 0, -1] }),
  encode: () => tokenizer().encode(text),
  decode: () => '',
  tokenOf: () => 'a',
});

export const documentsTable: Table = {
  documentTokenizer: row([() => [templated()]]),
  windows: row([() => [tokenizer().encode(text), { length: 3, overlap: 1 }]]),
  packTexts: row([() => [[[1, 2], [3]], { length: 4 }]]),
  embed: row([() => [text, reader(states), read()], () => [text, reader(states), cut()]], ofText),
  embedTexts: row([() => [[text, 'Well.'], reader(states), work()], () => [[text, 'Well.'], reader(states), pooled()]], {
    '2': mayBeEmpty,
  }),
  langChainEmbeddings: row([() => [reader(states), work()], () => [reader(states), pooled()]], { '1': mayBeEmpty }),
  createIndex: row([() => [text, reader(states), read()], () => [text, reader(states), cut()]], ofText),
  indexWords: row([() => [text, { locale: 'en', heading: () => false, ...work() }]], { '0': ['text'], '1': mayBeEmpty }),
  updateIndex: row([() => [index(), text, work()]], { '1': ['text'], '2': mayBeEmpty }),
  search: row(
    [
      () => [
        index(),
        'Does it rain?',
        { level: 'sentence', top: 3, by: 'both', fusion: 'rank', weight: 0.5, sections: 2, signal: new AbortController().signal },
      ],
    ],
    { '1': ['text'] },
  ),
  indexFile: row([() => [index()]]),
  saveIndex: row(
    [() => [index(), saved]],
    { '1': ['text'] },
    {
      after: () => {
        for (const path of [saved, 'no such text']) rmSync(path, { force: true });
      },
    },
  ),
  openIndex: row([() => [file(), reader(states), { heading: () => false }]], { '2': mayBeEmpty }),
  answer: row(
    [
      () => [text, 'Who waits?', reader(spans), { ...read(), length: 16, top: 2, maxAnswerTokens: 3 }],
      () => [text, 'Who waits?', reader(spans), { ...cut(), length: 16, top: 2, maxAnswerTokens: 3 }],
    ],
    { '0': ['text'], '1': ['text'], '3': mayBeEmpty },
  ),
  pipelineAnswers: row(
    [
      () => [
        'It rains',
        [
          {
            offsets: [
              [0, 2],
              [3, 8],
            ],
            words: [0, 1],
            allowed: [true, true],
            startLogits: [0.5, 1.5],
            endLogits: [0.5, 1.5],
          },
        ],
        { top: 2, maxAnswerTokens: 3, handleImpossible: true, alignToWords: true },
      ],
    ],
    { '0': ['text'] },
  ),
  pipelineEntities: row(
    [
      () => [
        'It rains',
        [
          {
            offsets: [
              [0, 2],
              [3, 8],
            ],
            logits: [
              [0.5, 1.5],
              [2.5, 0.5],
            ],
            subwords: [false, false],
          },
        ],
        { labels: ['O', 'A'], strategy: 'none', ignored: ['O'] },
      ],
    ],
    { '0': ['text'] },
  ),
  classify: row(
    [() => [text, reader(classes), { length: 12, ...work() }], () => [text, reader(classes), { length: 12, overlap: 2 }]],
    ofText,
  ),
  classifyTokens: row(
    [
      () => [text, reader(states), { length: 12, ...work() }],
      () => [text, reader(states), { length: 12, overlap: 2, strategy: 'first', ignored: ['LABEL_0'] }],
    ],
    ofText,
  ),
  summarise: row(
    [
      () => [text, writer(), { length: 12, locale: 'en', heading: () => false, maxNewTokens: 2, ...work() }],
      () => [text, writer(), { length: 12, locale: 'en', maxNewTokens: 2, generation: { padToken: 1 } }],
    ],
    ofText,
  ),
};
