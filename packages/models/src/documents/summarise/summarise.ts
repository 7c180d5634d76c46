import type { Parameters } from '@longspan/core-tensor';
import {
  ConfigError,
  inNameOf,
  isRecord,
  requireGiven,
  requireInteger,
  requireKind,
  requireKnown,
  show,
} from '@longspan/core-tensor/error';
import { segmentText } from '@longspan/hierarchical';
import type { GenerationModel } from '../../generation/index.ts';
import { type GenerateOptions, generate } from '../../generation/index.ts';
import type { CutOptions } from '../embed/read-document.ts';
import { contentLength, requireModelNames } from '../model/text-model.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, stages, type WorkOptions, workOptionNames } from '../source/stages.ts';
import { requireTokenizer, requireTokens, type TextTokenizer } from '../source/text-tokenizer.ts';
import { tokensOfText } from '../source/tokens-of-text.ts';
import { type Range, windows } from '../window/windows.ts';

/** A tokenizer that can also go back. */
export interface WritingTokenizer extends TextTokenizer {
  /** The text of tokens, special ones left out. */
  decode(ids: readonly number[]): string | Promise<string>;
}

/** A model that writes: LED with its tokenizer. */
export interface SummaryModel {
  readonly model: GenerationModel;
  readonly parameters: Parameters;
  readonly tokenizer: WritingTokenizer;
  /** Tells how many positions its encoder has. */
  readonly config?: object | undefined;
}

export interface SummariseOptions extends WorkOptions, Pick<CutOptions, 'length' | 'locale' | 'heading'> {
  /** Tokens of a summary at most; 256 by default. */
  readonly maxNewTokens?: number | undefined;
  /** How it is written: search, processors and the rest of what `generate` takes. */
  readonly generation?: Omit<GenerateOptions, 'context' | 'signal' | 'padding' | 'resume' | 'maxNewTokens'> | undefined;
}

/** A part of the document, with its summary. */
export interface SummarisedPart extends Range {
  readonly summary: string;
}

export interface Summary {
  readonly text: string;
  /** How often something was summarised until one summary was left: 1 where the whole document was read at once, 0 where it has no token. */
  readonly rounds: number;
  /** The parts of the document that were read, in order, with the summary of each: one where it was read at once. */
  readonly parts: readonly SummarisedPart[];
}

/**
 * Summarises a document of any length. What is longer than the model reads at once is summarised section by section, sections that are too
 * long in parts, and then the summaries once more, together: `rounds` and `parts` say so. The first token is global. Of a document without a
 * token there is nothing to be said: an empty summary.
 * @param model LED for conditional generation, its parameters, and a tokenizer with `decode`
 * @param options.length tokens that the model reads at once; what its encoder has positions for by default
 * @throws ConfigError when document, model or options cannot be right; the signal's reason
 * @cost that of `generate` for each part
 * @source LEDForConditionalGeneration of Hugging Face transformers 4.57 (global attention on the first token: Beltagy et al. 2020, arXiv 2004.05150);
 *   summaries of summaries: Wu et al. 2021 (arXiv 2109.10862)
 */
export async function summarise(document: DocumentSource, model: SummaryModel, options: SummariseOptions = {}): Promise<Summary> {
  const caller = 'summarise';
  const settings = settingsOf(caller, model, options);
  const text = await readSource(caller, document, options.signal);
  const whole = await tokensOfText(caller, model.tokenizer, text, options);
  if (whole.ids.length === 0) return { text: '', rounds: 0, parts: [] };
  const write = writer(caller, model, settings, options);
  if (whole.ids.length <= settings.length) {
    const [summary] = (await write([{ ids: whole.ids, start: 0, end: text.length }])) as [SummarisedPart];
    return { text: summary.summary, rounds: 1, parts: [summary] };
  }
  const parts = await write(await partsOf(caller, text, model.tokenizer, settings.length, options));
  const joined = (of: readonly SummarisedPart[]): string => of.map(({ summary }) => summary).join('\n\n');
  let [summaries, rounds] = [joined(parts), 1];
  for (;;) {
    const { ids } = await model.tokenizer.encode(summaries);
    rounds++;
    if (ids.length <= settings.length) return { text: joined(await write([{ ids, start: 0, end: summaries.length }])), rounds, parts };
    const shorter = joined(await write(await partsOf(caller, summaries, model.tokenizer, settings.length, options)));
    if (shorter.length >= summaries.length) throw noShorter(summaries.length, shorter.length);
    summaries = shorter;
  }
}

interface Settings {
  readonly length: number;
  readonly maxNewTokens: number;
}

/** A part of a text with its tokens. */
interface Part extends Range {
  readonly ids: ArrayLike<number>;
}

/** The sections of a text, in windows where one is too long; sections without a token are left out, for there is nothing to be said of them. */
async function partsOf(
  caller: string,
  text: string,
  tokenizer: TextTokenizer,
  length: number,
  { locale, heading, signal }: SummariseOptions,
): Promise<readonly Part[]> {
  const { sections } = inNameOf(caller, () => segmentText(text, { locale, heading, progress: () => signal?.throwIfAborted() }));
  const parts: Part[] = [];
  for (let at = 0; at < sections.count; at++) {
    const start = sections.offsets[at] as number;
    const section = text.slice(start, sections.offsets[at + 1]);
    const tokens = await tokenizer.encode(section);
    requireTokens(caller, tokens, section.length);
    for (const window of windows(tokens, { length }))
      parts.push({
        ids: tokens.ids.subarray(window.tokens.start, window.tokens.end),
        start: start + window.start,
        end: start + window.end,
      });
    signal?.throwIfAborted();
  }
  return parts;
}

/** Summarises parts one by one. */
function writer(caller: string, { model, parameters, tokenizer }: SummaryModel, { maxNewTokens }: Settings, options: SummariseOptions) {
  const step = stages(options);
  const { before, after } = tokenizer.template.single;
  return async (parts: readonly Part[]): Promise<readonly SummarisedPart[]> => {
    const written: SummarisedPart[] = [];
    await step({ stage: 'read', done: 0, total: parts.length });
    for (const { ids, start, end } of parts) {
      const generation = inNameOf(caller, () =>
        generate(model, parameters, [[...before, ...Array.from(ids), ...after]], {
          ...options.generation,
          maxNewTokens,
          context: { globals: [0] },
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        }),
      );
      const { sequences, starts } = await generation.result();
      options.signal?.throwIfAborted();
      const tokens = sequences[0]?.[0]?.tokens.slice(starts[0]?.length) ?? [];
      const summary = await tokenizer.decode(tokens);
      requireKind(caller, 'what tokenizer.decode gives', summary, 'text');
      written.push({ start, end, summary: summary.trim() });
      await step({ stage: 'read', done: written.length, total: parts.length });
    }
    return written;
  };
}

function settingsOf(caller: string, model: SummaryModel, options: SummariseOptions): Settings {
  requireModelNames(caller, model);
  for (const name of ['model', 'parameters'] as const) requireGiven(caller, `model.${name}`, model[name], 'those of LED');
  requireTokenizer(caller, model.tokenizer);
  requireKind(caller, 'model.tokenizer.decode', model.tokenizer.decode, 'function');
  requireKnown(caller, options, {
    length: true,
    locale: 'text',
    heading: 'function',
    maxNewTokens: true,
    generation: 'record',
    ...workOptionNames,
  });
  requireWork(caller, options);
  const { maxNewTokens = 256, locale } = options;
  inNameOf(caller, () => segmentText('', { locale })); // whether or not the document is long enough to be cut
  requireInteger(caller, { maxNewTokens }, 1);
  const { before, after } = model.tokenizer.template.single;
  const positions = isRecord(model.config) ? model.config['maxEncoderPositionEmbeddings'] : undefined;
  const length = contentLength(
    caller,
    { parameters: {} },
    {
      length: options.length ?? (typeof positions === 'number' ? positions : undefined),
      special: before.length + after.length,
    },
  );
  return { length, maxNewTokens };
}

const noShorter = (before: number, after: number): ConfigError =>
  new ConfigError({
    caller: 'summarise',
    problem: 'summaries must be shorter than what they summarise.',
    expected: `fewer than ${before} characters`,
    got: show(after),
    remedy: 'give a smaller maxNewTokens, or a larger length.',
  });
