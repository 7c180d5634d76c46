import { dropout, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { add, argMax, cast, equal, expandDims, greater, less, mul, range, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { activations } from '../../config/kinds.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import { activate, type QuestionHead } from '../../head/encoder-heads.ts';
import type { BigBirdConfig } from './config.ts';
import type { BigBirdContext } from './model.ts';

/** Large enough that no token of the question begins or ends an answer. */
const never = 1e6;

/**
 * 1 for the tokens up to the first separator and it itself, else 0; without one for the first token alone, as in Hugging Face. No two numbers
 * that argMax compares are equal: of equal ones WebGPU's takes any.
 * @shape ids int32 [b, n] -> [b, n]
 */
function questionOf(ids: Tensor, separator: number): Tensor {
  const length = ids.shape[1] as number;
  const place = range(0, length);
  const earlier = mul(cast(equal(ids, separator), 'float32'), sub(length, place));
  const end = cast(argMax(add(earlier, mul(cast(equal(place, 0), 'float32'), 0.5)), 1), 'float32');
  return cast(less(place, expandDims(add(end, 1), 1)), 'float32');
}

/** The same where tokens after the question are of type 1, unless the context says which type they are of. */
export const withQuestionTypes = (
  layer: Layer<BigBirdContext, EncoderOutput>,
  { sepTokenId }: BigBirdConfig,
): Layer<BigBirdContext, EncoderOutput> =>
  wrapLayer(layer, (inner, ids, scope, context) => {
    const types = context.tokenTypes ?? tidy(() => cast(sub(1, questionOf(ids, sepTokenId)), 'int32'));
    return inner(ids, scope, { ...context, tokenTypes: types });
  });

/** A feed-forward layer with its residual sum and norm, then a linear map; the question's tokens but the first are left out. */
export function questionHead(config: BigBirdConfig): QuestionHead {
  const { hiddenSize: width, intermediateSize: innerWidth, hiddenDropoutProb: rate } = config;
  const draw = { kind: 'normal', standardDeviation: config.initializerRange } as const;
  return {
    parts: {
      dropoutBefore: dropout({ rate }),
      dropoutAfter: dropout({ rate }),
      'qa_classifier.intermediate.dense': linear({ inFeatures: width, outFeatures: innerWidth, draw }),
      'qa_classifier.output.dense': linear({ inFeatures: innerWidth, outFeatures: width, draw }),
      'qa_classifier.output.LayerNorm': layerNorm({ width, epsilon: config.layerNormEps }),
      'qa_classifier.qa_outputs': linear({ inFeatures: width, outFeatures: 2, draw }),
    },
    logits({ part, ids }, { hidden }) {
      const inner = activate[activations[config.hiddenAct]](part('qa_classifier.intermediate.dense')(part('dropoutBefore')(hidden)));
      const mapped = part('dropoutAfter')(part('qa_classifier.output.dense')(inner));
      const logits = part('qa_classifier.qa_outputs')(part('qa_classifier.output.LayerNorm')(add(mapped, hidden)));
      const isLater = cast(greater(range(0, ids.shape[1] as number), 0), 'float32');
      return sub(logits, expandDims(mul(mul(questionOf(ids, config.sepTokenId), isLater), never), 2));
    },
  };
}
