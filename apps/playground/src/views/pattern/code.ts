import { words } from '../../expression/vocabulary.ts';

/** A script that makes the mask, says what it costs and computes attention under it. */
export function codeOf(expression: string, length: number, heads: number, headDim: number): string {
  const called = Object.keys(words).filter((name) => new RegExp(`(?<![.\\w])${name}\\(`).test(expression));
  const masks = called.filter((name) => name !== 'createKey');
  const lines = [
    `import { cost, ${[...masks, 'sparseAttention'].sort((left, right) => left.localeCompare(right)).join(', ')} } from '@longspan/attention-sparse';`,
    ...(called.includes('createKey') ? ["import { createKey } from '@longspan/core-tensor';"] : []),
    "import { register } from '@longspan/wasm-backend';",
    "import * as tf from '@tensorflow/tfjs';",
    "import '@tensorflow/tfjs-backend-wasm';",
    '',
    'await register();',
    `const mask = ${expression.trim()};`,
    `const [length, headDim] = [${length}, ${headDim}];`,
    `const heads = mask.heads === 1 ? ${heads} : mask.heads;`,
    'const { visitedFraction, flops, dense } = cost(mask, { queryLength: length, heads, headDim });',
    `console.log(\`\${(100 * visitedFraction).toFixed(2)} % of the blocks are visited; full attention has \${(dense.flops / flops).toFixed(1)} times the operations\`);`,
    '',
    "const [q, k, v] = [1, 2, 3].map((seed) => tf.randomNormal([1, heads, length, headDim], 0, 1, 'float32', seed));",
    'const { out, logSumExp } = sparseAttention(q, k, v, { mask });',
    'console.log(out.shape, logSumExp.shape);',
  ];
  return `${lines.join('\n')}\n`;
}
