import type { OnnxRuntime } from '../peers/onnx-runtime.ts';
import type { Batch } from './input.ts';

/** What export_encoder.py calls the result. */
export const graphOutput = 'last_hidden_state';

/** The inputs of a graph of export_encoder.py: texts without padding. */
export function onnxFeeds({ Tensor }: Pick<OnnxRuntime, 'Tensor'>, ids: Int32Array, { texts, tokens }: Batch): object {
  const whole = (values: BigInt64Array): object => new Tensor('int64', values, [texts, tokens]);
  return {
    input_ids: whole(BigInt64Array.from(ids, BigInt)),
    attention_mask: whole(new BigInt64Array(ids.length).fill(1n)),
  };
}
