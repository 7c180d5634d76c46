import type { Key, LayerState, Parameters } from '@longspan/core-tensor';
import type { CheckpointStore } from '../checkpoint/checkpoint-folder.ts';
import type { Optimizer } from '../optimizer/optimizer.ts';
import type { Selection } from '../optimizer/selection.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Data } from './batch.ts';

export interface ValidationOptions {
  /** What is held out; all of it, from position 0. */
  readonly data: Data;
  /** Steps from one validation to the next. */
  readonly every: number;
  /** Ends the run after so many validations without a lower loss; it goes on to its end by default. */
  readonly patience?: number | undefined;
}

export interface CheckpointOptions {
  /** `checkpointFolder(path)`, or another place. Where it holds a checkpoint, the run goes on from there. */
  readonly store: CheckpointStore;
  /** Steps from one checkpoint to the next; the last step of a run is followed by one in any case. */
  readonly every: number;
}

export interface TrainOptions {
  /** Where the first parameters and the dropout of every step come from. */
  readonly key: Key;
  /** How many steps the run has. */
  readonly steps: number;
  /** The learning rate of a step, by how many came before it. */
  readonly schedule: Schedule;
  /** AdamW by default, whose decay acts where the model's spec says so. */
  readonly optimizer?: Optimizer | undefined;
  /** Where training starts; drawn from the key by default. They stay the caller's. */
  readonly parameters?: Parameters | undefined;
  /** The parameters that are trained; all that are float32 by default. */
  readonly trains?: Selection | undefined;
  /** Gradients longer together are shortened to it; they are left as they are by default. */
  readonly maxNorm?: number | undefined;
  /** Batches whose gradients make one step, fewer where the data ends; 1 by default. */
  readonly accumulate?: number | undefined;
  /** How much of the moving average of the weights stays from step to step; none is kept by default. Validation is by the average. */
  readonly averageDecay?: number | undefined;
  readonly validation?: ValidationOptions | undefined;
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Stops the run before its next batch, also while it waits for one, and in the middle of a validation. */
  readonly signal?: AbortSignal | undefined;
}

/** What one step was like. */
export interface TrainingStep {
  /** Its number, from 1, of so many. */
  readonly step: number;
  readonly steps: number;
  /** Before the step, in what the model gives: nats, as a rule. */
  readonly loss: number;
  /** The length of all gradients, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Numbers that the losses were the means of, by the time of the step. */
  readonly tokensPerSecond: number;
  /** The loss on what is held out, after the step, where it was measured. */
  readonly validationLoss?: number | undefined;
}

/** What came of a run. Its tensors are the caller's. */
export interface Trained {
  readonly parameters: Parameters;
  /** The moving average of the weights; empty without averageDecay. */
  readonly average: Parameters;
  /** The model's last state. */
  readonly state: LayerState;
  /** Steps that were taken, in all. */
  readonly step: number;
  /** What ended it: all steps, the data's end, patience, the signal, a checkpoint that could not be written, or that its loop was left. */
  readonly ended: 'steps' | 'data' | 'patience' | 'signal' | 'checkpoint' | 'left';
}

/** A run: a loop over it takes a step at each turn. */
export interface TrainingRun extends AsyncIterable<TrainingStep> {
  /** Takes the steps that are left, and gives what came of all of them. Call it once, after a loop as well. */
  finish(): Promise<Trained>;
  /**
   * What it has come to, to judge or show a model while it learns; undefined before its first step. Between two steps the tensors are the
   * run's, which disposes them in the next one; once it has ended they are those that `finish` gives.
   */
  now(): Omit<Trained, 'ended'> | undefined;
}
