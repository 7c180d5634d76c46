import { describeConformance, references } from '@longspan/tooling/conformance';

// Attention's references are in attention-sparse's tests, which has the masks.
const contracts = ['AdamWStep', 'CrossEntropy', 'Dropout', 'FeedForward', 'GatherRows', 'Gelu', 'LayerNorm', 'Linear'];
describeConformance(references(['cpu', 'wasm']), { longest: 60, contracts: contracts.map((name) => `Longspan${name}`) });
