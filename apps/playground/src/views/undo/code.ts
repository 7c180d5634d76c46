/** A script that measures the memory of the three ways against depth, and how far rebuilt streams are from the true ones. */
export interface UndoScript {
  readonly depths: readonly number[];
  readonly length: number;
  readonly width: number;
  readonly keepEvery: number;
}

export function codeOf({ depths, length, width, keepEvery }: UndoScript): string {
  const config = keepEvery === 0 ? '' : `, { keepEvery: ${keepEvery} }`;
  const lines = [
    "import { causal, multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';",
    "import { chain, createKey, feedForward, layerNorm, normal, trainable } from '@longspan/core-tensor';",
    "import { plainSequence, recomputedLayer, reversibleSequence } from '@longspan/reversible';",
    "import { register } from '@longspan/wasm-backend';",
    "import * as tf from '@tensorflow/tfjs';",
    "import '@tensorflow/tfjs-backend-wasm';",
    '',
    'await register();',
    `const [length, width] = [${length}, ${width}];`,
    'const normed = (inner) => chain({ norm: layerNorm({ width }), inner });',
    'const attention = () => multiHeadAttention({ width, heads: 2, mask: slidingWindow({ left: 63 }).and(causal()) });',
    'const blocks = (depth, wrap = (layer) => layer) =>',
    '  Array.from({ length: depth }, () => ({ f: wrap(normed(attention())), g: wrap(normed(feedForward({ width }))) }));',
    'const ways = {',
    '  stored: (depth) => plainSequence(blocks(depth)),',
    '  recomputed: (depth) => plainSequence(blocks(depth, recomputedLayer)),',
    `  reversible: (depth) => reversibleSequence(blocks(depth)${config}),`,
    '};',
    '',
    "const x = normal(createKey('streams'), [1, length, 2 * width]);",
    `for (const depth of [${depths.join(', ')}]) {`,
    '  for (const [name, make] of Object.entries(ways)) {',
    '    const stack = make(depth);',
    "    const parameters = trainable(stack.init(createKey('parameters')));",
    '    const step = () => tf.variableGrads(() => tf.mean(tf.square(stack.apply(parameters, x))), Object.values(parameters)).grads;',
    '    const before = tf.memory().numBytes;',
    '    const { peakBytes } = await tf.profile(() => tf.dispose(step()));',
    "    console.log(depth + ' blocks, ' + name + ': ' + ((peakBytes - before) / 1e6).toFixed(2) + ' MB of tensors at the peak');",
    '    tf.dispose(Object.values(parameters));',
    '  }',
    '}',
    '',
    `const deepest = reversibleSequence(blocks(${depths.at(-1)})${config});`,
    "const errors = await deepest.reconstructionError(deepest.init(createKey('parameters')), x);",
    "console.log('relative errors of the rebuilt streams, the first block first:');",
    "console.log(errors.map(({ x1, x2 }) => Math.max(x1, x2).toExponential(1)).join(', '));",
  ];
  return `${lines.join('\n')}\n`;
}
