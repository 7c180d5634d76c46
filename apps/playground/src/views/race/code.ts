import { words } from '../../expression/vocabulary.ts';
import type { RacerId, RacerScript, RaceSizes } from './racer.ts';
import { masksInScript } from './racer-sizes.ts';
import { racerOf } from './racers.ts';

export interface RaceScript extends Omit<RaceSizes, 'length'> {
  readonly who: readonly RacerId[];
  readonly own: string;
  /** The lengths, tokens. */
  readonly from: number;
  readonly to: number;
  readonly withBackward: boolean;
}

const sparse = '@longspan/attention-sparse';

/** A script that runs the same race: it prints the fastest of several calls for each length and mechanism. */
export function codeOf({ who, own, from, to, withBackward, ...sizes }: RaceScript): string {
  const scripts = who.map((id) => ({ title: racerOf(id).title, ...scriptOf(id, own, sizes) }));
  const lines = [
    ...importsOf(scripts.flatMap(({ imports }) => imports)),
    "import { register } from '@longspan/wasm-backend';",
    "import * as tf from '@tensorflow/tfjs';",
    "import '@tensorflow/tfjs-backend-wasm';",
    '',
    'await register();',
    `const [heads, headDim] = [${sizes.heads}, ${sizes.headDim}];`,
    'const racers = {',
    ...scripts.flatMap(({ title, body }) => [`  '${title}': ({ n, q }) => {`, ...body.map((line) => `    ${line}`), '  },']),
    '};',
    '',
    `for (let n = ${from}; n <= ${to}; n *= 2) {`,
    "  const [q, k, v] = [1, 2, 3].map((seed) => tf.randomNormal([1, heads, n, headDim], 0, 1, 'float32', seed));",
    '  const calls = Object.entries(racers).map(([name, make]) => [name, make({ n, q })]);',
    '  const best = Object.fromEntries(calls.map(([name]) => [name, Infinity]));',
    '  for (let round = 0; round < 5; round++) {',
    '    for (const [name, attend] of round % 2 === 0 ? calls : calls.toReversed()) {',
    '      const begin = performance.now();',
    ...(withBackward
      ? [
          '      // The sums of q, k and v themselves: not every mechanism reads all three.',
          '      const loss = (q, k, v) => tf.addN([attend(q, k, v), q, k, v].map((x) => tf.sum(x)));',
          '      const found = tf.tidy(() => tf.grads(loss)([q, k, v])[0]);',
        ]
      : ['      const found = tf.tidy(() => attend(q, k, v));']),
    '      await found.data();',
    '      found.dispose();',
    '      if (round > 0) best[name] = Math.min(best[name], performance.now() - begin); // the first warms up',
    '    }',
    '  }',
    "  console.log(n, Object.entries(best).map(([name, ms]) => name + ' ' + ms.toFixed(2) + ' ms').join(', '));",
    '  tf.dispose([q, k, v]);',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function scriptOf(id: RacerId, own: string, sizes: Omit<RaceSizes, 'length'>): RacerScript {
  const racer = racerOf(id);
  const written = racer.script?.(sizes);
  if (written !== undefined) return written;
  const expression = id === 'own' ? own.trim() : (racer.mask?.(masksInScript(sizes)) ?? '');
  const called = Object.keys(words).filter((name) => new RegExp(`(?<![.\\w])${name}\\(`).test(expression));
  return {
    imports: [
      ...called.map((name) => [name === 'createKey' ? '@longspan/core-tensor' : sparse, name] as const),
      [sparse, 'sparseAttention'] as const,
    ],
    body: [`const mask = ${expression};`, 'return (q, k, v) => sparseAttention(q, k, v, { mask }).out;'],
  };
}

/** The imports, each package once. */
function importsOf(wanted: readonly (readonly [from: string, name: string])[]): string[] {
  const from = new Map<string, Set<string>>();
  for (const [packageName, name] of wanted) from.set(packageName, (from.get(packageName) ?? new Set()).add(name));
  return [...from]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([packageName, names]) => `import { ${[...names].toSorted().join(', ')} } from '${packageName}';`);
}
