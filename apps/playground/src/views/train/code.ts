import { type MechanismId, mechanisms } from './mechanisms.ts';
import type { Settings } from './settings.ts';
import { sizesOf, subjects } from './subjects.ts';

type Imports = Map<string, Set<string>>;

/** A script that trains such a model on such a task or text, and says what it has learnt; of two runs it takes one after the other. */
export function codeOf(runs: readonly [Settings, ...Settings[]]): string {
  const imports: Imports = new Map();
  const use = (from: string, ...names: readonly string[]): void => {
    imports.set(`@longspan/${from}`, new Set([...(imports.get(`@longspan/${from}`) ?? []), ...names]));
  };
  const [first, ...others] = runs;
  const steps =
    others.length === 0
      ? runOf(first, use)
      : [
          'const runs = {',
          ...runs.flatMap((settings, at) => [
            `  '${mechanisms[settings.mechanism].title}${runs.findIndex(({ mechanism }) => mechanism === settings.mechanism) === at ? '' : ', again'}': async () => {`,
            ...runOf(settings, use).map((line) => (line === '' ? '' : `    ${line}`)),
            '  },',
          ]),
          '};',
          'for (const [name, run] of Object.entries(runs)) {',
          '  console.log(name);',
          '  await run();',
          '}',
        ];
  use('wasm-backend', 'register');
  const body = ['', 'await register();', ...steps];
  const lines = [...imports]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([from, names]) => `import { ${[...names].sort((one, other) => one.localeCompare(other)).join(', ')} } from '${from}';`);
  const tfjs = body.some((line) => line.includes('tf.')) ? "import * as tf from '@tensorflow/tfjs';" : "import '@tensorflow/tfjs';";
  return `${[...lines, tfjs, "import '@tensorflow/tfjs-backend-wasm';", ...body].join('\n')}\n`;
}

/** What one run does. */
function runOf(settings: Settings, use: Use): readonly string[] {
  use('core-tensor', 'createKey', 'disposeParameters', 'learnedPositions');
  use('models/language-model', 'languageModel');
  use('training', 'adamW', 'cosineSchedule', 'decayedBy', 'train', 'warmup');
  const { width, steps, rate, seed, subject } = settings;
  const deviation = subject === 'text' ? 0.1 : 0.7;
  const data = subject === 'text' ? textData(settings, use) : taskData(settings, use);
  const layers = layersOf(settings, use);
  const judge = subject === 'text' ? [] : judged(use);
  return [
    `const key = createKey(${seed}).fold('playground');`,
    ...data,
    '',
    ...layers,
    'const model = languageModel({',
    '  vocabulary,',
    `  width: ${width},`,
    '  layers,',
    `  positions: learnedPositions({ length, width: ${width}, standardDeviation: ${deviation} }),`,
    `  standardDeviation: ${deviation},`,
    '});',
    '',
    'const run = train(model.loss, data, {',
    '  key,',
    `  steps: ${steps},`,
    `  schedule: warmup(${Math.ceil(steps / 20)}, cosineSchedule({ learningRate: ${rate}, steps: ${steps} })),`,
    '  optimizer: adamW({ beta2: 0.95, decays: decayedBy(model) }),',
    '  maxNorm: 1,',
    "  parameters: model.init(key.fold('parameters')),",
    '});',
    'let last = Number.NaN;',
    'for await (const { step, loss } of run) {',
    '  last = loss;',
    `  if (step % ${Math.max(1, Math.round(steps / 10))} === 0) console.log(\`step \${step}: \${loss.toFixed(4)} nats\`);`,
    '}',
    'const { parameters } = await run.finish();',
    ...(judge.length === 0 ? [`console.log(\`\${(last / Math.LN2).toFixed(2)} bits per byte at the last step\`);`] : judge),
    'disposeParameters(parameters);',
  ];
}

type Use = (from: string, ...names: readonly string[]) => void;

function taskData({ subject, sizes, batch }: Settings, use: Use): readonly string[] {
  if (subject === 'text') return [];
  const { task } = subjects[subject];
  use('training', 'dataAt', 'taskBatch', task);
  const options = Object.entries(sizesOf(subject, sizes)).map(([option, value]) => `${option}: ${value}`);
  return [
    `const task = ${task}({ ${options.join(', ')} });`,
    'const { vocabulary, length } = task;',
    `const starts = Array.from({ length: ${batch} }, (_, row) => row); // examples have nothing to do with each other`,
    `const data = dataAt((position) => ({ ...taskBatch(task, { batch: ${batch}, key: key.fold('train').fold(position) }), starts }));`,
  ];
}

function textData({ context, batch, mechanism }: Settings, use: Use): readonly string[] {
  use('training', 'dataFrom', 'segments', 'tracks');
  use('memory-xl', 'resetRows');
  const forgets =
    mechanism === 'xl' ? [] : [`const starts = Array.from({ length: ${batch} }, (_, row) => row); // no row remembers the one before`];
  return [
    "const text = 'Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(400); // your text",
    `const [vocabulary, length] = [256, ${context}];`,
    `const rows = tracks(new TextEncoder().encode(text), ${batch});`,
    ...forgets,
    'async function* batches(position) {',
    '  const again = function* () {',
    '    for (;;) yield* rows;',
    '  };',
    mechanism === 'xl'
      ? `  yield* segments(again(), { segmentLength: length, batch: ${batch}, position });`
      : `  for await (const each of segments(again(), { segmentLength: length, batch: ${batch}, position })) yield { ...each, starts };`,
    '}',
    'const data = dataFrom(batches, { reset: resetRows });',
  ];
}

function judged(use: Use): readonly string[] {
  use('core-tensor/layer', 'hiddenOf');
  use('training', 'accuracy', 'taskBatch');
  return [
    "const { ids, targets, shape } = taskBatch(task, { batch: 64, key: key.fold('judged') });",
    "const answers = tf.tidy(() => tf.argMax(hiddenOf(model.apply(parameters, tf.tensor2d(ids, shape, 'int32'))), -1));",
    'const right = accuracy();',
    'right.add({ labels: targets, predictions: await answers.data(), mask: Array.from(targets, (target) => Number(target >= 0)) });',
    `console.log(\`accuracy \${right.value().toFixed(4)}, chance \${task.chance.toFixed(4)}\`);`,
    'answers.dispose();',
  ];
}

function layersOf(settings: Settings, use: Use): readonly string[] {
  const { mechanism, width, heads, layers, span } = settings;
  if (mechanism === 'hourglass') {
    use('hierarchical', 'hourglass');
    return [`const layers = { all: hourglass({ width: ${width}, heads: ${heads}, tokenLayers: [1, 1], hierarchy: '${layers}@2' }) };`];
  }
  if (mechanism === 'xl') return recurrentLayers(settings, use);
  use('core-tensor', 'transformerLayer');
  const attention = attentionOf(mechanism, { width, heads, span }, use);
  return [
    ...attention,
    `const layer = () => transformerLayer({ width: ${width}, attention: attention() });`,
    `const layers = { ${Array.from({ length: layers }, (_, at) => `${at}: layer()`).join(', ')} };`,
  ];
}

function attentionOf(mechanism: MechanismId, sizes: Pick<Settings, 'width' | 'heads' | 'span'>, use: Use): readonly string[] {
  const { width, heads, span } = sizes;
  const window = `slidingWindow({ left: ${span - 1}, right: 0 })`;
  const masks: Partial<Record<MechanismId, readonly [string, readonly string[]]>> = {
    full: ['causal()', ['causal']],
    window: [window, ['slidingWindow']],
    sinks: [`${window}.or(globalTokens([0])).and(causal())`, ['causal', 'globalTokens', 'slidingWindow']],
  };
  const mask = masks[mechanism];
  if (mask !== undefined) {
    use('attention-sparse', 'multiHeadAttention', ...mask[1]);
    return [`const attention = () => multiHeadAttention({ width: ${width}, heads: ${heads}, mask: ${mask[0]} });`];
  }
  if (mechanism === 'lsh') {
    use('attention-lsh', 'reformerAttention');
    use('core-tensor', 'chain', 'linear');
    return [
      'const attention = () =>',
      '  chain({',
      `    inner: reformerAttention({ width: ${width}, heads: ${heads}, chunkLength: ${span}, rounds: 4, causal: true }),`,
      `    output: linear({ inFeatures: ${width}, outFeatures: ${width} }),`,
      '  });',
    ];
  }
  const calls: Partial<Record<MechanismId, readonly [string, readonly string[]]>> = {
    local: [`localAttention(q, k, v, { bucketSize: ${span}, causal: true })`, ['localAttention']],
    topk: [`topKAttention(q, k, v, { topK: ${span}, mask: causal() })`, ['causal', 'topKAttention']],
    moba: [`mobaAttention(q, k, v, { blockSize: ${span}, topK: 2, causal: true })`, ['mobaAttention']],
  };
  const [call, names] = calls[mechanism] as readonly [string, readonly string[]];
  use('attention-sparse', ...names);
  use('core-tensor', 'defineLayer', 'linear', 'mergeHeads', 'splitHeads');
  return [
    `const project = () => linear({ inFeatures: ${width}, outFeatures: ${width} });`,
    'const attention = () =>',
    '  defineLayer({',
    "    name: 'projected',",
    '    parts: { query: project(), key: project(), value: project(), output: project() },',
    '    run({ parts }, x) {',
    `      const [q, k, v] = [parts.query(x), parts.key(x), parts.value(x)].map((each) => splitHeads(each, ${heads}));`,
    `      return parts.output(mergeHeads(${call}.out));`,
    '    },',
    '  });',
  ];
}

function recurrentLayers({ width, heads, layers, span, subject }: Settings, use: Use): readonly string[] {
  use('memory-xl', 'segmentRecurrence');
  const sizes = `layers: ${layers}, width: ${width}, heads: ${heads}, headDim: ${width / heads}, innerWidth: ${4 * width}`;
  if (subject === 'text') {
    return [`const layers = { all: segmentRecurrence({ ${sizes}, normalization: 'pre', memoryLength: ${span} }) };`];
  }
  use('core-tensor', 'defineLayer');
  return [
    'const half = Math.ceil(length / 2);',
    `const stack = segmentRecurrence({ ${sizes}, normalization: 'pre', memoryLength: half });`,
    'const inHalves = defineLayer({',
    "  name: 'inHalves',",
    '  spec: stack.spec,',
    '  run({ parameters }, x) {',
    '    const own = Object.fromEntries(Object.keys(stack.spec).map((name) => [name, parameters.get(name)]));',
    '    const part = (from, to) => tf.slice(x, [0, from, 0], [x.shape[0], to - from, x.shape[2]]);',
    '    const first = stack.apply(own, part(0, half));',
    '    const second = stack.apply(own, part(half, length), { state: first.state }); // it sees the first half by memory alone',
    '    return tf.concat([first.hidden, second.hidden], 1);',
    '  },',
    '});',
    'const layers = { all: inHalves };',
  ];
}
