import type { LayerState, Padding, Parameters, Spec } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What a step reads. */
export interface StepTokens {
  /** int32 [rows, n]: the prompts at the start, then one token of each row. */
  readonly ids: Tensor;
  /** Which tokens of the prompts are padding; undefined where none is. */
  readonly padding?: Padding | undefined;
  /** Tokens after the prompts that will have been read, `ids` included; 0 at the start of a model that goes on with its prompts. */
  readonly read: number;
}

/** What the model reads of its context besides `padding`, `positions` and `state`. */
export type StepContext = Readonly<Record<string, unknown>>;

export interface StepResult {
  /** [rows, vocabulary]: of the token that follows. */
  readonly logits: Tensor;
  /** What the next step goes on from. Tensors have a row for each row of ids first; those that `isShared` names are alike for a prompt. */
  readonly state: LayerState;
}

/**
 * A model token by token: all that `generate` needs of it. Both functions are pure, and what they give belongs to the caller, except a
 * tensor of the state that they were given and hand on.
 */
export interface Steps {
  /** Whom errors name. */
  readonly name: string;
  /** The parameters that it reads, which are checked before the first step. */
  readonly spec: Spec;
  /** Where prompts of several lengths are filled up: at their beginnings for a model that goes on with them. */
  readonly side: 'left' | 'right';
  /** The tokens that end a sequence, and what an ended one is filled up with, unless the options say otherwise. */
  readonly endTokens?: readonly number[] | undefined;
  readonly padToken?: number | undefined;
  /** What sequences begin with where an encoder reads the prompts; undefined where they begin with the prompts. */
  readonly firstToken?: number | undefined;
  /** The states that are the same for all continuations of a prompt, so that beams need not be reordered in them; none by default. */
  readonly isShared?: ((name: string) => boolean) | undefined;
  start(parameters: Parameters, tokens: StepTokens, context: StepContext): StepResult;
  next(parameters: Parameters, tokens: StepTokens, state: LayerState, context: StepContext): StepResult;
}
