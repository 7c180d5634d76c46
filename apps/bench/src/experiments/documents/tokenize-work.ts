import { createKey } from '@longspan/core-tensor/key';
import { readTokenizer, type Tokenizer } from '@longspan/models/text';
import { watchPeak } from '../../figures/memory-peak.ts';
import { estimate } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import type { TokenizeFigures, TokenizeInput } from './input.ts';

/** Encodes the book again and again, after its tokens were checked. */
export async function runTokenize({ folder, rounds }: TokenizeInput, reporter: Reporter): Promise<TokenizeFigures> {
  const decoder = new TextDecoder();
  const text = mobyDick()
    .pieces.map((piece) => decoder.decode(piece))
    .join('');
  const tokenizer = await readTokenizer(folder);
  await reporter.started();
  const tokens = await check(tokenizer, text);
  const streamBytes = await peakOfStream(tokenizer, text);
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    await tokenizer.encode(text);
    seconds.push((performance.now() - begin) / 1000);
    await reporter.progress({ done: (round + 1) / rounds, label: `round ${round + 1} of ${rounds}` });
  }
  const { vocabularySize: vocabulary } = tokenizer;
  const whole = estimate(seconds, randomStream(createKey(1)));
  return { kind: 'tokenize', characters: text.length, tokens, vocabulary, whole, streamBytes };
}

/** The book in pieces has the tokens of its beginning in one, and ranges in order within it. Gives the number of tokens. */
async function check(tokenizer: Tokenizer, text: string): Promise<number> {
  const whole = await tokenizer.encode(text, { addSpecialTokens: false });
  const beginning = tokenizer.encodeText(text.slice(0, 30_000), { addSpecialTokens: false });
  // The last ones may be parts of a word that was cut.
  for (let at = 0; at + 8 < beginning.ids.length; at += 1) {
    if (beginning.ids[at] !== whole.ids[at]) throw new Error(`token ${at} must be that of the beginning alone`);
  }
  for (let at = 2; at < whole.offsets.length; at += 1) {
    if ((whole.offsets[at] ?? 0) < (whole.offsets[at - 2] ?? 0))
      throw new Error(`the range of token ${at >> 1} must not lie before the one before it`);
  }
  if ((whole.offsets.at(-1) ?? 0) > text.length) throw new Error('ranges must lie in the book');
  return whole.ids.length;
}

async function peakOfStream(tokenizer: Tokenizer, text: string): Promise<number> {
  const peak = watchPeak();
  for await (const { ids } of tokenizer.stream(new Blob([text]))) if (ids.length === 0) throw new Error('a piece must have tokens');
  return peak().bytes;
}
