import type { RotaryAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { floats, type Operand } from '../contract/operand.ts';
import { handmadeCall, type RotarySizes, rotaryCall } from './calls.ts';

const sizes = (batch: number, heads: number, tokens: number, features: number, hasTablePerBatchRow = false): RotarySizes => ({
  batch,
  heads,
  tokens,
  features,
  hasTablePerBatchRow,
});

/** The call with other numbers at some places of one of its operands. */
const spoiled = (
  label: string,
  call: ContractCall<RotaryAttributes>,
  operand: number,
  numbers: Readonly<Record<number, number>>,
): ContractCall<RotaryAttributes> => ({
  ...call,
  label,
  operands: () =>
    call.operands().map(({ shape, values }, at): Operand => {
      const others = floats(values, shape);
      if (at === operand) for (const [place, number] of Object.entries(numbers)) others.values[Number(place)] = number;
      return others;
    }),
});

const both = (style: 'half' | 'interleaved'): readonly ContractCall<RotaryAttributes>[] => {
  const named = (label: string): string => `${label}, ${style}`;
  const row = rotaryCall('a row', sizes(1, 1, 2, 12), { style, rotaryDim: 10 });
  return [
    rotaryCall(named('one pair'), sizes(1, 1, 1, 2), { style, rotaryDim: 2 }),
    rotaryCall(named('one token, many heads'), sizes(2, 5, 1, 8), { style, rotaryDim: 8 }),
    rotaryCall(named('pairs in fours'), sizes(2, 3, 9, 16), { style, rotaryDim: 16 }),
    rotaryCall(named('an odd number of pairs'), sizes(1, 2, 7, 14), { style, rotaryDim: 14 }),
    rotaryCall(named('some features pass through, in fours'), sizes(1, 2, 5, 24), { style, rotaryDim: 16 }),
    rotaryCall(named('a width in fours, pairs not'), sizes(1, 2, 5, 8), { style, rotaryDim: 6 }),
    rotaryCall(named('an odd width, an odd length'), sizes(2, 3, 11, 13), { style, rotaryDim: 6 }),
    rotaryCall(named('tables for each batch row'), sizes(3, 2, 5, 12, true), { style, rotaryDim: 8 }),
    rotaryCall(named('tables for each batch row, one head, one token'), sizes(4, 1, 1, 6, true), { style, rotaryDim: 6 }),
    rotaryCall(named('long'), sizes(1, 2, 1025, 64), { style, rotaryDim: 64 }),
    rotaryCall(named('no batch rows'), sizes(0, 2, 3, 8), { style, rotaryDim: 4 }),
    rotaryCall(named('no batch rows, a table for each'), sizes(0, 2, 3, 8, true), { style, rotaryDim: 4 }),
    handmadeCall(named('tables made by hand'), sizes(2, 2, 5, 19), { style, rotaryDim: 14 }),
    handmadeCall(named('tables made by hand, in fours'), sizes(2, 2, 5, 24, true), { style, rotaryDim: 16 }),
    // What is not finite reaches the two of its pair, and of what passes through itself alone.
    spoiled(named('a pair that is not a number'), row, 0, { 3: Number.NaN }),
    spoiled(named('infinite pairs, and one that passes through'), row, 0, {
      1: Number.POSITIVE_INFINITY,
      11: Number.NEGATIVE_INFINITY,
      22: Number.NaN,
    }),
    spoiled(named('an infinite pair where all turn'), rotaryCall('whole', sizes(1, 1, 2, 8), { style, rotaryDim: 8 }), 0, {
      5: Number.POSITIVE_INFINITY,
    }),
    spoiled(named('a sine that is not a number'), row, 2, { 4: Number.NaN }),
  ];
};

/** Calls that go wrong first: odd lengths and widths, pairs that do not come in fours, tables of each kind, numbers that are not finite. */
export const hardCalls: readonly ContractCall<RotaryAttributes>[] = [...both('half'), ...both('interleaved')];
