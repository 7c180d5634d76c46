import { ConfigError, isRecord, requireIntegers, requireKind, show, typeName } from '@longspan/core-tensor/error';

/** The tokens of a text, special tokens apart. */
export interface TextTokens {
  readonly ids: Int32Array;
  /** Uint32 [2 · tokens]: where each token begins and ends in the text, half-open, in UTF-16 code units. */
  readonly offsets: Uint32Array;
  /** Uint8 [tokens]: 1 where a token goes on with the word of the token before it (WordPiece's ##); by the blanks of the text by default. */
  readonly continues?: Uint8Array | undefined;
}

/** Special tokens of a text that is read alone. */
export interface SingleTemplate {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Special tokens of two texts that are read together. */
export interface PairTemplate extends SingleTemplate {
  readonly between: readonly number[];
  /** The token type of the second text and of what follows it: 1 for BERT, 0 for models without such types. */
  readonly secondType: number;
}

export interface TokenizeOptions {
  readonly signal?: AbortSignal | undefined;
  /** UTF-16 code units that are done. */
  readonly progress?: ((event: { readonly done: number }) => void) | undefined;
}

/** What documents need of a tokenizer. */
export interface TextTokenizer {
  /** Tokens of a text of any length, without special ones. One that takes long may tell how far it is, and end by the signal. */
  encode(text: string, options?: TokenizeOptions): TextTokens | Promise<TextTokens>;
  readonly template: {
    readonly single: SingleTemplate;
    /** Needed for questions alone. */
    readonly pair?: PairTemplate | undefined;
  };
}

/** Throws unless it is one; whether it tells the truth shows when it encodes. */
export function requireTokenizer(caller: string, tokenizer: unknown): asserts tokenizer is TextTokenizer {
  const { encode, template } = (typeof tokenizer === 'object' && tokenizer !== null ? tokenizer : {}) as Partial<TextTokenizer>;
  if (typeof encode === 'function' && isRecord(template) && isRecord(template.single)) {
    const { single, pair } = template;
    requireTemplate(caller, 'single', single as SingleTemplate);
    if (pair !== undefined) {
      requireTemplate(caller, 'pair', pair as PairTemplate);
      requireIntegers(caller, 'tokenizer.template.pair.between', pair.between, 0);
      requireIntegers(caller, 'tokenizer.template.pair.secondType', [pair.secondType], 0);
    }
    return;
  }
  throw new ConfigError({
    caller,
    problem: 'tokenizer must be a tokenizer.',
    expected: '{ encode(text), template: { single: { before, after } } }',
    got: show(tokenizer),
    remedy: 'give documentTokenizer(await readTokenizer(source)), or an object of your own with these.',
  });
}

function requireTemplate(caller: string, name: string, template: SingleTemplate): void {
  requireKind(caller, `tokenizer.template.${name}`, template, 'record');
  requireIntegers(caller, `tokenizer.template.${name}.before`, template.before, 0);
  requireIntegers(caller, `tokenizer.template.${name}.after`, template.after, 0);
}

/** Throws unless there is one pair of offsets for each id, of places in a text of that length. */
export function requireTokens(caller: string, tokens: TextTokens, length: number): void {
  const { ids, offsets } = tokens ?? {};
  const isList = typeName(ids) === 'Int32Array' && typeName(offsets) === 'Uint32Array';
  if (isList && offsets.length === 2 * ids.length && areOrdered(offsets, length)) return;
  throw new ConfigError({
    caller,
    problem: 'the tokens of a text must be ids with their places in it, in order.',
    expected: `{ ids: Int32Array, offsets: Uint32Array } with a start and an end for each id, ascending, up to ${length}`,
    got: isList ? `${ids.length} ids and ${offsets.length} offsets, up to ${offsets.at(-1) ?? 0}` : show(tokens),
    remedy: 'have encode(text) give both, in UTF-16 code units of that very text.',
  });
}

function areOrdered(offsets: Uint32Array, length: number): boolean {
  let last = 0;
  for (let at = 0; at < offsets.length; at += 2) {
    const [start, end] = [offsets[at] as number, offsets[at + 1] as number];
    if (start < last || end < start || end > length) return false;
    last = start; // tokens of one character, bytes of it, may share its place
  }
  return true;
}
