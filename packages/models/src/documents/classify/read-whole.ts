import { type OptionKind, requireKnown } from '@longspan/core-tensor/error';
import { contentLength, requireTextModel, type TextModel } from '../model/text-model.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, type WorkOptions, workOptionNames } from '../source/stages.ts';
import type { TextTokens } from '../source/text-tokenizer.ts';
import { tokensOfText } from '../source/tokens-of-text.ts';
import { requireOverlap, type TextWindow, windows } from '../window/windows.ts';

export interface WindowedOptions extends WorkOptions {
  /** Tokens of a window, special tokens and all; 512 by default, or what the model has positions for or, as its config says, learnt from. */
  readonly length?: number | undefined;
  /** Tokens that neighbouring windows have in common; a quarter of a window by default. */
  readonly overlap?: number | undefined;
}

/** A document in windows. */
export interface WindowedDocument {
  readonly text: string;
  readonly tokens: TextTokens;
  readonly windows: readonly TextWindow[];
}

/** Checks what was given, and cuts the document into windows. */
export async function windowed(
  caller: string,
  document: DocumentSource,
  model: TextModel,
  options: WindowedOptions,
  more: Readonly<Record<string, true | OptionKind>> = {},
): Promise<WindowedDocument> {
  requireTextModel(caller, model);
  requireKnown(caller, options, { length: true, overlap: true, ...workOptionNames, ...more });
  requireWork(caller, options);
  const { before, after } = model.tokenizer.template.single;
  const length = contentLength(caller, model, { length: options.length, special: before.length + after.length });
  const overlap = options.overlap ?? Math.floor(length / 4);
  requireOverlap(caller, { length, overlap });
  const text = await readSource(caller, document, options.signal);
  const tokens = await tokensOfText(caller, model.tokenizer, text, options);
  return { text, tokens, windows: windows(tokens, { length, overlap }) };
}
