import { rotary } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** Rotary positions, in halves or interleaved, over all features or the first `rotaryDim`. */
export const opsRotary: Family = ({ config }) => {
  const style = config.oneOf('style', ['half', 'interleaved']);
  const options = { style, base: config.number('base'), rotaryDim: config.number('rotaryDim') };
  return { ways: oneWay((inputs) => ({ y: rotary(inputs.get('in.x'), inputs.get('in.positions'), options) })) };
};
