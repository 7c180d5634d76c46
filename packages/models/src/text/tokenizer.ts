import { ConfigError, inNameOf, requireKnown, show } from '@longspan/core-tensor/error';
import { requireSignal } from '../pretrained/require-signal.ts';
import type { Decode } from './decode.ts';
import { encoderOf } from './encode.ts';
import { arranged, type Encoding } from './encoding.ts';
import type { Pipeline } from './pipeline.ts';
import type { Template } from './post-processor/template.ts';
import type { SpecialTokens } from './special-tokens.ts';
import { sizeOf, stringsOf, type TextSource } from './text-source.ts';
import { type Tokens, tokenList } from './token-list.ts';

/** How far a text is: UTF-16 units that are encoded, of how many (bytes of a File) where that is known. */
export interface TextProgress {
  readonly done: number;
  readonly of: number | undefined;
  readonly tokens: number;
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((event: TextProgress) => void) | undefined;
}

export interface EncodeTextOptions {
  /** The second text of a pair: a context after its question. An empty one is none, as in transformers. */
  readonly pair?: string | undefined;
  /** Whether [CLS], [SEP] and the like are put around the text; true by default. */
  readonly addSpecialTokens?: boolean | undefined;
}

export interface EncodeOptions extends StreamOptions, Omit<EncodeTextOptions, 'pair'> {
  readonly pair?: TextSource | undefined;
}

export interface DecodeOptions {
  /** Leaves [CLS], [SEP] and the like out; false by default. */
  readonly skipSpecialTokens?: boolean | undefined;
}

/** What the file asks for besides tokens. It is told and not done: a text is encoded whole. */
export interface FileAsked {
  readonly truncation: Readonly<Record<string, unknown>> | undefined;
  readonly padding: Readonly<Record<string, unknown>> | undefined;
  /** model_max_length of tokenizer_config.json: what the model was made for. */
  readonly maxLength: number | undefined;
}

/** Texts to ids and back, with the place of every token in the text. Nothing is cut off and nothing is padded. */
export interface Tokenizer {
  /** Tokens of a text that is there. */
  encodeText(text: string, options?: EncodeTextOptions): Encoding;
  /** Tokens of a text of any length, with pauses for whatever else the program does. */
  encode(text: TextSource, options?: EncodeOptions): Promise<Encoding>;
  /** The text's own tokens, without special ones, as they are made. Ranges and words count from the beginning of the text. */
  stream(text: TextSource, options?: StreamOptions): AsyncIterable<Tokens>;
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** The largest id and one more: the rows that a table of embeddings must have. */
  readonly vocabularySize: number;
  readonly special: SpecialTokens;
  readonly fileAsked: FileAsked;
}

export interface TokenizerParts {
  readonly pipeline: Pipeline;
  readonly template: Template;
  readonly decode: Decode;
  readonly special: SpecialTokens;
  readonly fileAsked: FileAsked;
}

const encodeKinds = { addSpecialTokens: 'flag', pair: true, progress: 'function', signal: true } as const;

/** Units that are given to the encoder between two pauses. */
const stepUnits = 2 ** 16;

/** A tokenizer of its parts. */
export function tokenizerOf({ pipeline, template, decode, special, fileAsked }: TokenizerParts): Tokenizer {
  const { model, added } = pipeline;
  const idsByContent = new Map(added.map(({ content, id }) => [content, id]));
  const addedById = new Map(added.map((token) => [token.id, token]));
  const idOf = (token: string): number | undefined => idsByContent.get(token) ?? model.idOf(token);
  const tokenOf = (id: number): string | undefined => addedById.get(id)?.content ?? model.tokenOf(id);

  const ofText = (caller: string, text: string): Tokens => {
    const list = tokenList();
    const encoder = encoderOf(caller, pipeline, template.trims, list);
    encoder.more(text);
    encoder.end();
    return list.part(0, list.length);
  };

  async function* stream(caller: string, text: TextSource, { signal, progress }: StreamOptions): AsyncGenerator<Tokens, void, undefined> {
    const list = tokenList();
    const encoder = encoderOf(caller, pipeline, template.trims, list);
    const of = sizeOf(text);
    let tokens = 0;
    const ready = (): Tokens | undefined => {
      signal?.throwIfAborted();
      if (list.length === 0) return undefined;
      const part = list.part(0, list.length);
      list.clear();
      tokens += part.ids.length;
      progress?.({ done: encoder.done, of, tokens });
      return part;
    };
    signal?.throwIfAborted();
    let given = 0;
    for await (const each of stringsOf(caller, text)) {
      for (let at = 0; at < each.length; at += stepUnits) {
        const part = each.slice(at, at + stepUnits);
        encoder.more(part);
        given += part.length;
        if (given >= stepUnits) {
          await pause();
          given = 0;
        }
        const made = ready();
        if (made !== undefined) yield made;
      }
    }
    encoder.end();
    const made = ready();
    if (made !== undefined) yield made;
  }

  async function collected(caller: string, text: TextSource, options: StreamOptions): Promise<Tokens> {
    const parts: Tokens[] = [];
    for await (const part of stream(caller, text, options)) parts.push(part);
    return joined(parts);
  }

  return {
    encodeText: (text, options = {}) => {
      const caller = 'tokenizer.encodeText';
      requireKnown<EncodeTextOptions>(caller, options, { pair: 'text', addSpecialTokens: 'flag' });
      requireText(caller, text);
      const texts = [text, ...(isEmpty(options.pair) ? [] : [options.pair])];
      return arranged(
        template,
        texts.map((each) => ofText(caller, each)),
        options.addSpecialTokens ?? true,
      );
    },
    encode: async (text, options = {}) => {
      const caller = 'tokenizer.encode';
      requireKnown<EncodeOptions>(caller, options, encodeKinds);
      requireSignal(caller, options.signal);
      const first = await collected(caller, text, options);
      const second = isEmpty(options.pair) ? [] : [await collected(caller, options.pair, options)];
      return arranged(template, [first, ...second], options.addSpecialTokens ?? true);
    },
    stream: (text, options = {}) => {
      const caller = 'tokenizer.stream';
      requireKnown<StreamOptions>(caller, options, { progress: 'function', signal: true });
      requireSignal(caller, options.signal);
      return stream(caller, text, options);
    },
    decode: (ids, options = {}) => {
      const caller = 'tokenizer.decode';
      requireKnown<DecodeOptions>(caller, options, { skipSpecialTokens: 'flag' });
      const tokens: string[] = [];
      for (let at = 0; at < ids.length; at += 1) {
        const id = ids[at] ?? -1;
        const token = tokenOf(id);
        if (token === undefined) throw unknownId(caller, id);
        if (options.skipSpecialTokens !== true || addedById.get(id)?.isSpecial !== true) tokens.push(token);
      }
      return inNameOf(caller, () => decode(tokens));
    },
    idOf,
    tokenOf,
    vocabularySize: added.reduce((size, { id }) => Math.max(size, id + 1), model.size),
    special,
    fileAsked,
  };
}

function joined(parts: readonly Tokens[]): Tokens {
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const all: Tokens = { ids: new Int32Array(length), offsets: new Uint32Array(2 * length), wordIds: new Int32Array(length) };
  let at = 0;
  for (const { ids, offsets, wordIds } of parts) {
    all.ids.set(ids, at);
    all.offsets.set(offsets, 2 * at);
    all.wordIds.set(wordIds, at);
    at += ids.length;
  }
  return all;
}

const isEmpty = (pair: unknown): pair is undefined | '' => pair === undefined || pair === '';

/** Lets events through: whoever would abort has to get a turn. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function requireText(caller: string, text: unknown): void {
  if (typeof text === 'string') return;
  throw new ConfigError({
    caller,
    problem: 'the text must be a string.',
    expected: 'a string',
    got: show(text),
    remedy: 'files and streams go to encode(), which waits for them.',
  });
}

const unknownId = (caller: string, id: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'ids must be those of the vocabulary.',
    expected: 'ids that tokenOf(id) knows',
    got: show(id),
    remedy: 'check that they come from a model of this tokenizer.',
  });
