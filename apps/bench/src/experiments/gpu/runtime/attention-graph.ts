import type { AttentionSize } from '../../kernels/input.ts';
import { denseAttentionGraph, type OnnxProto } from '../../peers/onnx-graph.ts';
import type { RuntimePrecision, RuntimeWork } from '../input.ts';

// Numbers of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const numberTypes: Readonly<Record<RuntimePrecision, number>> = { float32: 1, float16: 10 };
const int32 = 6;
const attributeInt = 2;

/**
 * ONNX Runtime's attention: of one causal window its own operator, over q, k, v [1, n, heads * headDim], `last` [1], the index of the last token, and
 * `length` [1]; of another pattern plain operations over q, k, v [1, heads, n, headDim] and `mask` [n, n], which is added to the scores: with such a
 * table MultiHeadAttention of 1.30 gives wrong numbers on a software adapter.
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention
 */
export const attentionGraph = (proto: OnnxProto, size: AttentionSize, { pattern, precision }: RuntimeWork): Uint8Array =>
  pattern === 'local window' ? localWindowGraph(proto, size, precision) : denseAttentionGraph(proto, size);

function localWindowGraph(
  { onnx: { ModelProto } }: OnnxProto,
  { n, heads, headDim, left }: AttentionSize,
  precision: RuntimePrecision,
): Uint8Array {
  const value = (name: string, dims: readonly number[], elemType: number) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const tokens = (name: string) => value(name, [1, n, heads * headDim], numberTypes[precision]);
  const attributes = { num_heads: heads, kv_num_heads: heads, local_window_size: left + 1 }; // the query's own key is one of them
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 8,
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: 'attention',
        input: [tokens('q'), tokens('k'), tokens('v'), value('last', [1], int32), value('length', [1], int32)],
        output: [tokens('out')],
        node: [
          {
            opType: 'GroupQueryAttention',
            domain: 'com.microsoft',
            name: 'out',
            input: ['q', 'k', 'v', '', '', 'last', 'length'],
            output: ['out'],
            attribute: Object.entries(attributes).map(([name, i]) => ({ name, type: attributeInt, i })),
          },
        ],
      },
    }),
  ).finish();
}
