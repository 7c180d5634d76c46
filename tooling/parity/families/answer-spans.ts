import { join } from 'node:path';
import { pipelineAnswers } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { type Comparison, compare, missed } from '../compare.ts';
import { Config } from '../config.ts';
import { comparedRows, windowRows } from './text-windows.ts';

/** Questions about texts: their rows by our tokenizers, and the answers that the given logits make of them. */
export async function answerSpans(content: Readonly<Record<string, unknown>>, folder: string): Promise<readonly Comparison[]> {
  const fixture = new Config(content, 'the fixture');
  const read = await readTokenizer(join(folder, fixture.text('tokenizer')));
  return fixture.list('cases').flatMap((row, at) => {
    const [question, context, options] = [row.text('question'), row.text('context'), row.part('options')];
    const windows = row.list('windows');
    // The stride of that pipeline is what windows have in common.
    const sizes = { length: options.number('max_seq_len'), overlap: options.number('doc_stride') };
    const rows = windowRows(read, question, context, { cut: 1, ...sizes });
    const compared = comparedRows(rows, windows, `case ${at}`);
    if (compared.some(({ problem }) => problem !== undefined)) return compared;
    const answered = rows.map(({ offsets, words, sequences }, window) => ({
      offsets,
      words: words.map((word) => (word < 0 ? null : word)),
      allowed: sequences.map((sequence, token) => sequence === 1 || token === 0),
      startLogits: logits(windows[window] as Config, 'start_logits', offsets.length),
      endLogits: logits(windows[window] as Config, 'end_logits', offsets.length),
    }));
    return [...compared, ...row.list('asks').flatMap((ask, which) => asked(context, answered, ask, `case ${at}, ask ${which}`))];
  });
}

const logits = (window: Config, name: string, length: number): readonly number[] => window.numbers(name).slice(0, length);

function asked(context: string, windows: Parameters<typeof pipelineAnswers>[1], ask: Config, way: string): readonly Comparison[] {
  const found = pipelineAnswers(context, windows, {
    top: ask.number('top_k'),
    maxAnswerTokens: ask.number('max_answer_len'),
    handleImpossible: ask.flag('handle_impossible_answer'),
    alignToWords: ask.flag('align_to_words'),
  });
  const expected = ask.list('expected');
  const [texts, wanted] = [found.map(({ text }) => text), expected.map((each) => each.raw('answer') as string)];
  const tolerance = { atol: 1e-6, rtol: 0 };
  if (JSON.stringify(texts) !== JSON.stringify(wanted))
    return [missed('answers', way, `are ${JSON.stringify(texts)}, expected ${JSON.stringify(wanted)}`, tolerance)];
  const scores = { shape: [found.length], values: found.map(({ score }) => score) };
  return [compare('scores', way, scores, { shape: [found.length], values: expected.map((each) => each.number('score')) }, tolerance)];
}
