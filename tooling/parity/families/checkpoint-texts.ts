import { fromPretrained, type Pretrained } from '@longspan/models';
import { classify, documentTokenizer, pipelineAnswers } from '@longspan/models/documents';
import { readTokenizer, type Tokenizer } from '@longspan/models/text';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { type Comparison, compare, missed } from '../compare.ts';
import { Config } from '../config.ts';
import type { TextFamily } from '../texts.ts';
import { type WindowRow, windowRows } from './text-windows.ts';

const exactly = { atol: 0, rtol: 0 };
/** Of probabilities, which models in float32 give. */
const ofScores = { atol: 5e-5, rtol: 5e-5 };

const numbers = (name: string, way: string, ours: readonly number[], theirs: readonly number[], tolerance = exactly): Comparison =>
  compare(name, way, { shape: [ours.length], values: ours }, { shape: [theirs.length], values: theirs }, tolerance);

function words(name: string, way: string, ours: readonly unknown[], theirs: readonly unknown[]): Comparison {
  const [found, wanted] = [JSON.stringify(ours), JSON.stringify(theirs)];
  if (found === wanted) return { tensor: name, way, error: 0, tolerance: exactly, share: 0, problem: undefined };
  return missed(name, way, `are ${found}, expected ${wanted}`, exactly);
}

/** Runs with a checkpoint that is disposed of afterwards. */
async function withCheckpoint<Result>(folder: string, run: (checkpoint: Pretrained, read: Tokenizer) => Promise<Result>): Promise<Result> {
  const [checkpoint, read] = [await fromPretrained(folder), await readTokenizer(folder)];
  try {
    return await run(checkpoint, read);
  } finally {
    checkpoint.dispose();
  }
}

/** Ids as the other library cuts them: the last one of the template stays. */
const cutAt = (ids: readonly number[], most: number): readonly number[] =>
  ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1) as number] : ids;

/** The ids of a sentence encoder's texts: as the other library has them, cut at its length, which `sentence` tells. */
const sentences: TextFamily = (content, folder) =>
  withCheckpoint(folder, async ({ sentence }, read) => {
    const most = sentence?.maxSeqLength ?? Number.POSITIVE_INFINITY;
    const fixture = new Config(content, 'the fixture');
    const row = (text: string, each: Config, way: string): readonly Comparison[] => {
      const ours = cutAt([...read.encodeText(text.trim()).ids], most);
      const tokens = each.raw('tokens') as readonly string[] | undefined;
      return [
        numbers('ids', way, ours, each.raw('ids') as readonly number[]),
        ...(tokens === undefined
          ? []
          : [
              words(
                'tokens',
                way,
                ours.map((id) => read.tokenOf(id)),
                tokens,
              ),
            ]),
      ];
    };
    return [
      ...fixture.list('texts').flatMap((each, at) => row(each.raw('text') as string, each, `texts ${at}`)),
      ...fixture.list('prompted').flatMap((each, at) => row(`${each.text('prompt')}${each.text('text')}`, each, `prompted ${at}`)),
    ];
  });

/** Classes of texts, from the texts. */
const classes: TextFamily = (content, folder) =>
  withCheckpoint(folder, async (checkpoint, read) => {
    const model = { ...checkpoint, tokenizer: documentTokenizer(read) };
    const compared: Comparison[] = [];
    for (const [at, row] of new Config(content, 'the fixture').list('texts').entries()) {
      const [text, theirs, way] = [row.raw('text') as string, row.raw('ids') as readonly number[], `texts ${at}`];
      const ids = [...read.encodeText(text).ids];
      compared.push(numbers('ids', way, cutAt(ids, theirs.length), theirs));
      if (ids.length > theirs.length) continue; // there a long text is cut off, and here it is read
      const { labels } = await classify(text, model);
      const expected = row.list('expected');
      compared.push(
        words(
          'labels',
          way,
          labels.map(({ label }) => label),
          expected.map((each) => each.text('label')),
        ),
        numbers(
          'scores',
          way,
          labels.map(({ score }) => score),
          expected.map((each) => each.number('score')),
          ofScores,
        ),
      );
    }
    return compared;
  });

/** Answers to questions about texts, from the texts. */
const answers: TextFamily = (content, folder) =>
  withCheckpoint(folder, async ({ model, parameters }, read) => {
    const compared: Comparison[] = [];
    for (const [at, ask] of new Config(content, 'the fixture').list('answers').entries()) {
      const [question, context] = [ask.text('question'), ask.text('context')];
      const rows = windowRows(read, question, context, { cut: 1, length: ask.number('max_seq_len'), overlap: ask.number('doc_stride') });
      const windows = [];
      for (const row of rows) windows.push({ ...pipelineRow(row), ...(await logitsOf({ model, parameters }, row)) });
      const found = pipelineAnswers(context, windows, {
        top: ask.number('top_k'),
        maxAnswerTokens: ask.number('max_answer_len'),
        handleImpossible: ask.flag('handle_impossible_answer'),
      });
      const expected = ask.list('expected');
      compared.push(
        words(
          'answers',
          `answers ${at}`,
          found.map(({ text }) => text),
          expected.map((each) => each.raw('answer')),
        ),
        numbers(
          'scores',
          `answers ${at}`,
          found.map(({ score }) => score),
          expected.map((each) => each.number('score')),
          ofScores,
        ),
      );
    }
    return compared;
  });

const pipelineRow = ({ offsets, words: of, sequences }: WindowRow) => ({
  offsets,
  words: of.map((word) => (word < 0 ? null : word)),
  allowed: sequences.map((sequence, token) => sequence === 1 || token === 0),
});

async function logitsOf({ model, parameters }: Pick<Pretrained, 'model' | 'parameters'>, { ids }: WindowRow) {
  const input = tensor2d([...ids], [1, ids.length], 'int32');
  const { startLogits, endLogits } = model.apply(parameters, input, {}) as object as Readonly<Record<string, Tensor>>;
  const [starts, ends] = [await (startLogits as Tensor).data(), await (endLogits as Tensor).data()];
  for (const each of [input, startLogits as Tensor, endLogits as Tensor]) each.dispose();
  return { startLogits: starts, endLogits: ends };
}

/** What is made of the texts beside a checkpoint's weights. */
export const checkpointTextFamilies: ReadonlyMap<string, TextFamily> = new Map([
  ['checkpoint.modernbert.sequence_classification', classes],
  ['checkpoint.roberta.question_answering', answers],
  ['checkpoint.sentence_transformers', sentences],
]);
