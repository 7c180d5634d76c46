import { dims, type Padding, padding } from '@longspan/core-tensor';
import { ConfigError, isList, requireIntegers, requireKind, ShapeError, show } from '@longspan/core-tensor/error';
import { checkPadding } from '@longspan/core-tensor/layer';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';

/** Ids int32 [b, n], with `padding` where rows are filled up, or a list of tokens for each prompt. */
export type PromptIds = Tensor | readonly (readonly number[])[];

/** The prompts of a batch, all of one length. */
export interface Prompts {
  /** Of each row the tokens that are not padding. */
  readonly tokens: readonly (readonly number[])[];
  readonly length: number;
  /** Row by row, padding included. */
  readonly ids: Int32Array;
  readonly padding: Padding | undefined;
}

/** Throws where they cannot be right, before anything is read back. */
export function checkPrompts(caller: string, ids: PromptIds, given: Padding | undefined): void {
  if (!isList(ids)) {
    const { b, n } = dims(caller, { ids: [ids as Tensor, 'b n:int32'] });
    checkPadding(caller, given, { batch: b, length: n });
    return;
  }
  if (given !== undefined) {
    throw new ConfigError({
      caller,
      problem: 'padding must be left out where each prompt is a list of its tokens.',
      expected: 'ids int32 [b, n] with padding, or lists without',
      got: 'lists, and padding',
      remedy: 'leave padding out: lists may be of several lengths.',
    });
  }
  if (ids.length === 0) throw noTokens(caller, 'no prompt');
  for (const [row, each] of Array.from(ids as ArrayLike<unknown>).entries()) requireTokens(caller, row, each);
}

function requireTokens(caller: string, row: number, given: unknown): void {
  const name = `ids[${row}]`;
  requireKind(caller, name, given, 'list');
  const tokens = requireIntegers(caller, name, given as readonly number[]);
  if (tokens.length === 0) throw noTokens(caller, `none in prompt ${row}`);
  const wrong = tokens.find((each) => each < 0 || each >= 2 ** 31);
  if (wrong === undefined) return;
  throw new ConfigError({
    caller,
    problem: `${name} must hold ids of tokens.`,
    expected: 'integers from 0 on',
    got: show(wrong),
    remedy: 'give what the tokenizer gave.',
  });
}

/** @param side where prompts that come as lists are filled up; a model that goes on with its prompts has them so in any case */
export async function readPrompts(
  caller: string,
  given: PromptIds,
  { padding: marks, side, padToken }: { readonly padding: Padding | undefined; readonly side: 'left' | 'right'; readonly padToken: number },
): Promise<Prompts> {
  if (isList(given))
    return filledUp(
      caller,
      Array.from(given as ArrayLike<ArrayLike<number>>, (row) => Array.from(row)),
      side,
      padToken,
    );
  const ids = given as Tensor;
  const [batch, length] = ids.shape as [number, number];
  const values = Int32Array.from(await ids.data());
  const tokens = Array.from({ length: batch }, (_, row) =>
    Array.from(values.subarray(row * length, (row + 1) * length)).filter((_, at) => marks?.isToken(row, at) ?? true),
  );
  // An encoder reads rows as they stand, for positions count over padding; what is gone on with must end with its last token.
  if (side === 'right') return { tokens, length, ids: values, padding: marks?.some ? marks : undefined };
  return filledUp(caller, tokens, side, padToken);
}

function filledUp(caller: string, tokens: readonly (readonly number[])[], side: 'left' | 'right', padToken: number): Prompts {
  const length = tokens.reduce((most, row) => Math.max(most, row.length), 0);
  const empty = tokens.findIndex((row) => row.length === 0);
  if (empty >= 0) throw noTokens(caller, `none in prompt ${empty}`);
  const row = (of: readonly number[], filler: (count: number) => readonly number[], own: readonly number[]): readonly number[] => {
    const fill = filler(length - of.length);
    return side === 'left' ? [...fill, ...own] : [...own, ...fill];
  };
  const pads = (count: number) => Array.from({ length: count }, () => padToken);
  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  const marks = tokens.map((each) =>
    row(
      each,
      zeros,
      Array.from(each, () => 1),
    ),
  );
  return {
    tokens,
    length,
    ids: Int32Array.from(tokens.flatMap((each) => row(each, pads, each))),
    padding: tokens.every((each) => each.length === length) ? undefined : padding(marks),
  };
}

/** @shape int32 [b, n] */
export const idsOf = ({ tokens, length, ids }: Prompts): Tensor => tensor2d(ids, [tokens.length, length], 'int32');

/** The padding of as many rows for each prompt. */
export function repeated(given: Padding | undefined, batch: number, rows: number): Padding | undefined {
  if (given === undefined || rows === 1) return given;
  return padding(
    Array.from({ length: batch * rows }, (_, row) =>
      Array.from({ length: given.length }, (_, at) => (given.isToken(Math.floor(row / rows), at) ? 1 : 0)),
    ),
  );
}

const noTokens = (caller: string, got: string): ShapeError =>
  new ShapeError({
    caller,
    problem: 'every prompt must hold at least one token.',
    expected: 'one token or more',
    got,
    remedy: 'begin with the token that texts of this model begin with.',
  });
