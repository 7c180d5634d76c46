import { type Contract, defineContract } from '../../op/define-contract.ts';
import { gradientsOfTurned, type RotaryAttributes, type RotaryInputs, type RotaryOutputs } from './call.ts';
import { eachTurned, eachTurnedBack } from './reference.ts';

/** Pairs of features turned by the angles of their tokens: see `applyRotary`. */
export const rotaryContract: Contract<RotaryInputs, RotaryOutputs, RotaryAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanRotary',
  outputs: (inputs: RotaryInputs) => inputs.length - 2,
  reference: {
    forward: eachTurned,
    save: { inputs: [1, 2] },
    gradient: ({ inputs: [cosines, sines] }, [dy, ...others], attributes) =>
      gradientsOfTurned(eachTurnedBack([dy, cosines, sines, ...others], attributes)),
  },
});
