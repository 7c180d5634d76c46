import { ConfigError, FileError, isRecord, nearestNames, requireGiven, requireKnown, show } from '@longspan/core-tensor/error';
import type { HubOptions } from '../../hub/hub-options.ts';
import { type PassedOptions, passedOptionNames } from '../../hub/passed-options.ts';
import { abortableFiles } from '../../pretrained/abortable-files.ts';
import type { CheckpointFiles } from '../../pretrained/checkpoint-files.ts';
import { type CheckpointSource, filesOf } from '../../pretrained/files-of.ts';
import { counted, type OnProgress, untold } from '../../pretrained/progress.ts';
import { readRecord, readText } from '../../pretrained/read-json.ts';
import { requireSignal } from '../../pretrained/require-signal.ts';
import { bytesBetween } from '../../pretrained/told-files.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { fromEncoderPieces } from './from-encoder-pieces.ts';
import { bytePairClasses, fromMerges } from './from-merges.ts';
import { fromSentencePiece, sentencePieceClasses } from './from-sentence-piece.ts';
import { type Beside, fromTokenizerJson } from './from-tokenizer-json.ts';
import { fromVocabularyText, fromWords, wordPieceClasses } from './from-vocabulary-text.ts';

export interface ReadTokenizerOptions extends PassedOptions {
  /** The class of transformers that files other than tokenizer.json are of (`BertTokenizer`); by tokenizer_config.json by default. */
  readonly tokenizerClass?: string | undefined;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const caller = 'readTokenizer';

const optionKinds = {
  tokenizerClass: 'text',
  progress: 'function',
  signal: true,
  ...passedOptionNames,
} as const;

const sentencePieceFiles = ['spiece.model', 'sentencepiece.bpe.model', 'tokenizer.model', 'spm.model'];

/** A file is read whole: one that is larger is none of a tokenizer. */
const mostBytes = 2 ** 28;

/**
 * Reads a tokenizer from its files as they come: tokenizer.json; or vocab.txt, vocab.json with merges.txt, or sentencepiece's .model, with what
 * tokenizer_config.json says of them; or Universal Sentence Encoder's vocab.json. The ids are those of Hugging Face's tokenizers, and of each token the
 * place in the text is kept through every step. What tokenizer.json asks for of truncation and padding is told in `fileAsked` and not done.
 * @param source a folder, an address, an id of the hub, files or bytes by their names, as `fromPretrained` takes them
 * @throws ConfigError for a tokenizer with a step that is not known; FileError for files that are missing or damaged
 * @cost the vocabulary in memory; loading takes time in proportion to it
 * @source `Tokenizer.from_file` of Hugging Face tokenizers 0.22; the converters of transformers 4.57
 * @example
 * const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'call', 'me', 'ish', '##mael'].join('\n');
 * const tokenizer = await readTokenizer({ 'vocab.txt': new TextEncoder().encode(vocabulary) });
 * const { ids, offsets } = tokenizer.encodeText('Call me Ishmael');
 * [...ids]; // => [2, 4, 5, 6, 7, 3]
 * [...offsets]; // => [0, 0, 0, 4, 5, 7, 8, 11, 11, 15, 0, 0]
 */
export async function readTokenizer(source: CheckpointSource, options: ReadTokenizerOptions = {}): Promise<Tokenizer> {
  requireGiven(caller, 'source', source, 'where the tokenizer lies');
  requireKnown<ReadTokenizerOptions>(caller, options, optionKinds);
  requireSignal(caller, options.signal);
  const { signal, progress, tokenizerClass } = options;
  signal?.throwIfAborted();
  const told = progress === undefined ? untold : counted(typeof source === 'string' ? source : 'tokenizer', progress);
  const places = await filesOf(caller, source, { told, signal, hub: hubOptions(options) });
  const files = signal === undefined ? places : abortableFiles(places, signal);
  const beside: Beside = {
    config: await recordOf(files, 'tokenizer_config.json'),
    specialMap: await recordOf(files, 'special_tokens_map.json'),
  };
  const json = tokenizerClass === undefined ? await recordOf(files, 'tokenizer.json') : undefined;
  return json === undefined ? fromOlderFiles(files, classOf(tokenizerClass, beside), beside) : fromTokenizerJson(json, beside);
}

async function fromOlderFiles(files: CheckpointFiles, tokenizerClass: string | undefined, beside: Beside): Promise<Tokenizer> {
  const isWords = tokenizerClass === 'TransfoXLTokenizer';
  const vocabulary = await textOf(files, 'vocab.txt');
  if (vocabulary !== undefined) {
    if (isWords) return fromWords(vocabulary, beside);
    requireClass(tokenizerClass, wordPieceClasses, 'vocab.txt');
    return fromVocabularyText(vocabulary, tokenizerClass, beside);
  }
  if (isWords) throw pickled(files);
  const words = await textOf(files, 'vocab.json');
  if (words !== undefined) return fromVocabJson(files, words, tokenizerClass, beside);
  for (const name of sentencePieceFiles) {
    const bytes = await bytesOf(files, name);
    if (bytes === undefined) continue;
    requireClass(tokenizerClass, sentencePieceClasses, name);
    return fromSentencePiece(bytes, tokenizerClass, beside);
  }
  throw nothing(files, (await files.list?.()) ?? []);
}

async function fromVocabJson(files: CheckpointFiles, text: string, tokenizerClass: string | undefined, beside: Beside): Promise<Tokenizer> {
  const value = parsed(text, files);
  if (Array.isArray(value)) return fromEncoderPieces(value);
  const merges = await textOf(files, 'merges.txt');
  if (!isRecord(value) || merges === undefined) {
    throw new FileError({
      caller,
      problem: 'vocab.json must come with merges.txt, or be a list of pieces.',
      expected: `both files in ${files.where}`,
      got: merges === undefined ? 'no merges.txt' : show(value),
      remedy: 'give both, or tokenizer.json.',
    });
  }
  requireClass(tokenizerClass, bytePairClasses, 'vocab.json');
  return fromMerges(value, merges, tokenizerClass, beside);
}

/** Names as the config has them, of the fast classes too. */
function classOf(given: string | undefined, { config }: Beside): string | undefined {
  const named = given ?? config?.['tokenizer_class'];
  return typeof named === 'string' ? named.replace(/Fast$/, '') : undefined;
}

function requireClass(given: string | undefined, known: readonly string[], file: string): void {
  if (given === undefined || given === 'PreTrainedTokenizer' || known.includes(given)) return;
  throw new ConfigError({
    caller,
    problem: `the class of ${file} must be one that is known.`,
    expected: known.join(', '),
    got: show(given),
    remedy: `give tokenizer.json, or { tokenizerClass: '${nearestNames(given, known)[0]}' } where the files are the same.`,
  });
}

async function recordOf(files: CheckpointFiles, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  await requireSmall(files, name);
  return readRecord(caller, files, name);
}

async function textOf(files: CheckpointFiles, name: string): Promise<string | undefined> {
  await requireSmall(files, name);
  return readText(caller, files, name);
}

async function bytesOf(files: CheckpointFiles, name: string): Promise<Uint8Array | undefined> {
  const source = await requireSmall(files, name);
  return source === undefined ? undefined : new Uint8Array(await bytesBetween(source, 0, source.size));
}

async function requireSmall(files: CheckpointFiles, name: string) {
  const source = await files.open(name);
  if (source === undefined || source.size <= mostBytes) return source;
  throw new FileError({
    caller,
    problem: 'a file of a tokenizer must be small.',
    expected: `at most ${mostBytes} bytes`,
    got: `${source.size} bytes: ${name} in ${files.where}`,
    remedy: 'check that it is the file of a tokenizer.',
  });
}

function parsed(text: string, { where }: CheckpointFiles): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = { caller, problem: 'vocab.json must be JSON.', expected: `JSON in ${where}`, got: show(text.slice(0, 60)) };
    throw new FileError({ ...reason, remedy: 'take the file from its source again.' }, { cause });
  }
}

/** What the hub is told; what was left out is left out there. */
function hubOptions({ revision, token, endpoint, cache, offline, progress }: ReadTokenizerOptions): HubOptions {
  const given = Object.entries({ revision, token, endpoint, cache, offline, progress }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), files: ['tokenizer.json', 'tokenizer_config.json'] };
}

const pickled = ({ where }: CheckpointFiles): FileError =>
  new FileError({
    caller,
    problem: "Transformer-XL's vocabulary must be a list of words.",
    expected: `vocab.txt in ${where}, a word a line`,
    got: 'no vocab.txt; vocab.pkl and vocab.bin are programs of Python and are not run',
    remedy: "in Python: open('vocab.txt', 'w').write('\\n'.join(TransfoXLTokenizer.from_pretrained(folder).idx2sym)).",
  });

const nothing = ({ where }: CheckpointFiles, names: readonly string[]): FileError =>
  new FileError({
    caller,
    problem: 'the tokenizer must have a file that is known.',
    expected: `tokenizer.json, vocab.txt, vocab.json with merges.txt, or one of ${sentencePieceFiles.join(', ')}, in ${where}`,
    got: names.length === 0 ? 'none of them' : names.slice(0, 8).join(', '),
    remedy: 'give the folder that holds one of them; a model of bytes has none: byteTokenizer({ shift: 2 }) for google/reformer-enwik8.',
  });
