/** A script that streams a text through the same model, with memory and without, and says how far back it reaches. */
export const codeOf = ({
  text,
  segment,
  memory,
  longest,
}: {
  readonly text: string;
  readonly segment: number;
  readonly memory: number;
  readonly longest: number;
}): string => `import { readFile } from 'node:fs/promises';
import { loadParameters } from '@longspan/core-tensor';
import { contextLosses, disposeStream, evaluateStream, relativeEffectiveContextLength } from '@longspan/memory-xl';
import { xlLanguageModel } from '@longspan/models/transformer-xl';
import { register } from '@longspan/wasm-backend';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

// The folder with memory.json and memory.safetensors: models/ beside the page, or what "pnpm bench reader --full FOLDER" writes.
const folder = process.argv[2] ?? '.';
const text = ${JSON.stringify(text)};
const [segmentLength, memoryLength] = [${segment}, ${memory}];

await register();
const { size: { width, layers, heads }, weights } = JSON.parse(await readFile(\`\${folder}/memory.json\`, 'utf8'));
const modelWith = (options) =>
  xlLanguageModel({ vocabulary: 256, width, layers, heads, headDim: width / heads, innerWidth: 4 * width, normalization: 'pre', tiedTables: true, ...options });
const parameters = loadParameters(await readFile(\`\${folder}/\${weights}\`), { layer: modelWith({ memoryLength }) });
const scorer = (model) => (tokens, segment) => model.apply(parameters, tokens, segment);

for (const length of [memoryLength, 0]) {
  const { state, bitsPerToken } = await evaluateStream(scorer(modelWith({ memoryLength: length })), [text], { segmentLength });
  console.log(\`\${bitsPerToken.toFixed(3)} bits per byte with a memory of \${length} bytes\`);
  disposeStream(state);
}

// Each is shown exactly so many bytes before some positions, and makes of them what its layers can see.
const tokens = new TextEncoder().encode(text);
const longest = ${longest};
const positions = Array.from({ length: 24 }, (_, at) => longest + Math.floor((at * (tokens.length - longest)) / 24));
const withMemory = contextLosses(scorer(modelWith({ memoryLength: 0, window: { left: segmentLength + memoryLength - 1 } })), { tokens, positions });
const vanilla = contextLosses(scorer(modelWith({ memoryLength: 0 })), { tokens, positions });
const models = { withMemory, without: (context) => vanilla(Math.min(context, segmentLength)) };
const found = await relativeEffectiveContextLength({ models, step: 32, longest });
for (const [name, { length, bounded }] of Object.entries(found)) console.log(\`\${name} makes use of \${bounded ? 'at least ' : ''}\${length} bytes\`);
`;
