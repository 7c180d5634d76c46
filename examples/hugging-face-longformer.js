// A layer of a Longformer of Hugging Face, loaded from its safetensors file and compared with what PyTorch computed.
// node hugging-face-longformer.js ../tooling/golden/encoders/longformer-global-cls.safetensors
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { longformerLayer } from '@longspan/attention-sparse';
import { loadParameters } from '@longspan/core-tensor';
import { register } from '@longspan/wasm-backend';

await register();

const bytes = await readFile(process.argv[2]);
// attention_window counts both sides: 8 in this file, and 512 in allenai/longformer-base-4096, which has width 768 and 12 heads.
const layer = longformerLayer({ width: 16, heads: 2, innerWidth: 32, window: { left: 4, right: 4 }, epsilon: 1e-5 });
const parameters = loadParameters(bytes, { layer, prefix: 'param.encoder.layer.0' }); // in a checkpoint: 'longformer.encoder.layer.0'
const { 0: x, 1: expected } = loadParameters(bytes, { prefix: 'out.hidden_states' });
const hidden = layer.apply(parameters, x, { globals: [0] });
const difference = (await tf.max(tf.abs(tf.sub(hidden, expected))).data())[0];
console.log(`${hidden.shape.join(' x ')}, and PyTorch's numbers to 1e-5: ${difference < 1e-5}`);
