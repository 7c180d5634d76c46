// For authors of layers, beside the users' entry: parameters as data, context and wrappers.
export { requireRotary } from '../position/rotary.ts';
export { attentionDropoutTerms } from './attention-dropout.ts';
export { checkParameters } from './check-parameters.ts';
export { partContext, requireContext, tensorsOfContext, withContextTensors } from './context.ts';
export { attentionOf, hiddenOf, stateOf, wrapLayer } from './define-layer.ts';
export { dropoutKey, requireRate } from './dropout.ts';
export { lens } from './lens.ts';
export { parameterNames, weightOf } from './packed-parameters.ts';
export { checkPadding } from './padding.ts';
export { requireParameters } from './parameter-record.ts';
export {
  biasSpec,
  fanInDraw,
  initialParameters,
  linearWeightSpec,
  onesDraw,
  requireDraw,
  specBelow,
  transformerDraw,
  weightSpec,
  zerosDraw,
} from './spec.ts';
export { lastPosition, stateCount, stateTensor, stateTensors } from './state-values.ts';
export { checkGrid, type TokenGrid } from './token-grid.ts';
