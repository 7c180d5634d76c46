/** As much of onnx-proto as is used: https://github.com/chaosmail/onnx-proto, made from ONNX's own schema by protobufjs. */
export interface OnnxProto {
  readonly onnx: { readonly ModelProto: { fromObject(model: object): object; encode(model: object): { finish(): Uint8Array } } };
}

// Numbers of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const float = 1;
const [attributeInt, attributeInts] = [2, 7];

/** softmax(q kᵀ / √d + mask) v, every pair of tokens scored: q, k, v [1, heads, n, d]; mask [n, n]. */
export function denseAttentionGraph(
  { onnx: { ModelProto } }: OnnxProto,
  { heads, n, headDim }: { readonly heads: number; readonly n: number; readonly headDim: number },
): Uint8Array {
  const value = (name: string, dims: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: float, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const node = (opType: string, input: readonly string[], output: string, attribute: readonly object[] = []) => ({
    opType,
    input,
    output: [output],
    name: output,
    attribute,
  });
  const tokens = [1, heads, n, headDim];
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'attention',
        input: [value('q', tokens), value('k', tokens), value('v', tokens), value('mask', [n, n])],
        output: [value('out', tokens)],
        initializer: [{ name: 'scale', dims: [], dataType: float, floatData: [1 / Math.sqrt(headDim)] }],
        node: [
          node('Mul', ['q', 'scale'], 'scaled'),
          node('Transpose', ['k'], 'across', [{ name: 'perm', type: attributeInts, ints: [0, 1, 3, 2] }]),
          node('MatMul', ['scaled', 'across'], 'scores'),
          node('Add', ['scores', 'mask'], 'masked'),
          node('Softmax', ['masked'], 'weights', [{ name: 'axis', type: attributeInt, i: -1 }]),
          node('MatMul', ['weights', 'v'], 'out'),
        ],
      },
    }),
  ).finish();
}
