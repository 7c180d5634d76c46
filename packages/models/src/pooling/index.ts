export { type PoolTokensOptions, poolTokens, unitLength } from './pool-tokens.ts';
export { type PoolingConfig, poolingConfig } from './pooling-config.ts';
export {
  type DenseActivation,
  type DenseConfig,
  type SentenceContext,
  type SentenceLayerConfig,
  sentenceLayer,
} from './sentence-layer.ts';
export type { PoolingMode } from './token-weights.ts';
