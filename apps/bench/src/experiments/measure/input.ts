import type { CheckFigures, CheckInput } from './check/check.ts';
import type { SweepFigures, SweepInput } from './sweep/turns.ts';
import type { TrainFigures, TrainInput } from './train/train.ts';

export type BookInput = CheckInput | SweepInput | TrainInput;
export type BookFigures = CheckFigures | SweepFigures | TrainFigures;
