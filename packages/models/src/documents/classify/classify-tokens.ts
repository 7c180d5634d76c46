import { ConfigError } from '@longspan/core-tensor/error';
import { type EntityStrategy, groupEntities, type LabelledToken } from '../entity/group-entities.ts';
import { requireIgnored, requireStrategy } from '../entity/pipeline-entities.ts';
import { readWindows } from '../model/read-windows.ts';
import type { TextModel } from '../model/text-model.ts';
import type { TextPlace } from '../search/places.ts';
import type { DocumentSource } from '../source/read-source.ts';
import { stages } from '../source/stages.ts';
import type { TextTokens } from '../source/text-tokenizer.ts';
import type { TextWindow } from '../window/windows.ts';
import { labelsOf, softmax } from './labels.ts';
import { type WindowedDocument, type WindowedOptions, windowed } from './read-whole.ts';

export interface ClassifyTokensOptions extends WindowedOptions {
  /** How tokens become entities; 'simple' by default. */
  readonly strategy?: EntityStrategy | undefined;
  /** Labels that are no entities; ['O'] by default. */
  readonly ignored?: readonly string[] | undefined;
}

/** An entity in its document. */
export interface Entity extends TextPlace {
  /** Without B- or I-. */
  readonly label: string;
  readonly score: number;
}

export interface TokenClassification {
  /** In the order of the document. */
  readonly entities: readonly Entity[];
  /** The windows that were read: all of the document. */
  readonly windows: readonly TextWindow[];
}

/**
 * Finds the entities of a document of any length. Each token is taken from the window where it has most context, and entities are grouped
 * over the whole document, so that none ends where a window does.
 * @param model one with a head for the classes of tokens: `bertForTokenClassification`, say
 * @throws ConfigError when document, model or options cannot be right; the signal's reason
 * @cost that of the model over the windows; the probabilities of all tokens are in memory
 * @source TokenClassificationPipeline of Hugging Face transformers 4.57
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const head = bertForTokenClassification(config);
 * const reader = { model: head, parameters: head.init(createKey(0)), tokenizer };
 * const { entities } = await classifyTokens('Ahab sails.', reader, { strategy: 'first', ignored: [] });
 * entities.every(({ text, start, end }) => text === 'Ahab sails.'.slice(start, end)); // => true
 */
export async function classifyTokens(
  document: DocumentSource,
  model: TextModel,
  options: ClassifyTokensOptions = {},
): Promise<TokenClassification> {
  const caller = 'classifyTokens';
  const whole = await windowed(caller, document, model, options, { strategy: true, ignored: 'list' });
  const { strategy = 'simple', ignored = ['O'] } = options;
  requireStrategy(caller, strategy);
  requireIgnored(caller, ignored);
  const { text, tokens, windows } = whole;
  const probabilities = await probabilitiesOf(caller, model, whole, options);
  const labels = labelsOf(caller, model.config, probabilities[0]?.length ?? 0);
  const labelled = probabilities.map(
    (each, token): LabelledToken => ({
      start: tokens.offsets[2 * token] as number,
      end: tokens.offsets[2 * token + 1] as number,
      probabilities: each,
      isSubword: isSubword(text, tokens, token),
    }),
  );
  const entities = groupEntities(labelled, { labels, strategy, ignored });
  return { entities: entities.map((entity) => ({ ...entity, text: text.slice(entity.start, entity.end) })), windows };
}

async function probabilitiesOf(
  caller: string,
  model: TextModel,
  { tokens, windows }: WindowedDocument,
  options: WindowedOptions,
): Promise<readonly Float64Array[]> {
  const { before, after } = model.tokenizer.template.single;
  const rowOf = ({ tokens: { start, end } }: TextWindow) => ({ ids: [...before, ...tokens.ids.subarray(start, end), ...after] });
  const found: Float64Array[] = [];
  await readWindows(caller, model, windows, { rowOf, step: stages(options) }, async ({ hidden }, rows) => {
    const [, length, count] = hidden.shape as [number, number, number];
    if (hidden.shape.length !== 3) throw noLabels(hidden.shape);
    const logits = await hidden.data<'float32'>();
    rows.forEach((window, row) => {
      const { tokens: own, own: owned } = windows[window] as TextWindow;
      for (let token = owned.start; token < owned.end; token++) {
        const from = (row * length + before.length + token - own.start) * count;
        found.push(softmax(logits.subarray(from, from + count)));
      }
    });
  });
  return found;
}

/** What the tokenizer says, or else by blanks: a token before which, and at whose start, there is none. */
function isSubword(text: string, { offsets, continues }: TextTokens, token: number): boolean {
  if (continues !== undefined) return continues[token] === 1;
  const start = offsets[2 * token] as number;
  return start > 0 && text[start - 1] !== ' ' && text[start] !== ' ';
}

const noLabels = (shape: readonly number[]): ConfigError =>
  new ConfigError({
    caller: 'classifyTokens',
    problem: 'model must have a head for the classes of tokens.',
    expected: 'a model that gives [b, tokens, classes]',
    got: `[${shape.join(', ')}]`,
    remedy: "read the checkpoint with { head: 'tokenClassification' }.",
  });
