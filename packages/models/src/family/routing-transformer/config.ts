import { ConfigError } from '@longspan/core-tensor/error';
import * as z from 'zod/mini';
import { count, type GeneralConfig, general, layerCount, rate } from '../../config/kinds.ts';
import { type ConfigJson, readConfig, type Unread } from '../../config/read-config.ts';

/** The arguments of routing-transformer's RoutingTransformerLM, in camelCase. */
export interface RoutingTransformerConfig extends GeneralConfig, Unread {
  readonly numTokens: number;
  readonly dim: number;
  readonly depth: number;
  /** Tokens; maxSeqLen / windowSize is the number of clusters. */
  readonly maxSeqLen: number;
  readonly heads: number;
  /** dim / heads where it is not given. */
  readonly dimHead?: number | undefined;
  /** Tokens that each cluster takes. */
  readonly windowSize: number;
  readonly causal: boolean;
  /** Whether keys are the queries; as causal where it is not given. */
  readonly sharedQk?: boolean | undefined;
  /** Learned keys and values of each cluster. */
  readonly numMemKv: number;
  readonly commitmentFactor: number;
  /** Share of the old centroids in those that a step of training moves. */
  readonly kmeansEmaDecay: number;
  readonly attnLayerDropout: number;
  readonly ffDropout: number;
}

/** Not built: what the library can be asked for besides. */
const off = () => z._default(z.literal(false), false);

const schema = z.object({
  ...general,
  numTokens: count(),
  dim: count(),
  depth: layerCount(),
  maxSeqLen: count(),
  heads: z._default(count(), 8),
  dimHead: z.optional(count()),
  windowSize: z._default(count(), 64),
  causal: z._default(z.boolean(), false),
  sharedQk: z.optional(z.boolean()),
  numMemKv: z._default(count(0), 0),
  commitmentFactor: z._default(z.number().check(z.gte(0)), 1e-4),
  kmeansEmaDecay: z._default(z.number().check(z.gte(0), z.lte(1)), 0.999),
  attnLayerDropout: rate(0),
  ffDropout: rate(0),
  nLocalAttnHeads: z._default(z.literal(0), 0),
  attnDropout: z._default(z.literal(0), 0),
  embDim: z.optional(count()),
  tieEmbedding: off(),
  reversible: off(),
  receivesContext: off(),
  ffGlu: off(),
  useRezero: off(),
  useScaleNorm: off(),
});

/**
 * Reads the config of a Routing Transformer: the arguments of routing-transformer's RoutingTransformerLM, in snake_case or camelCase.
 * @throws ConfigError for a value that no model can be made with
 * @example
 * const config = routingTransformerConfig({ num_tokens: 64, dim: 16, depth: 2, max_seq_len: 32, window_size: 8, causal: true });
 * config.windowSize; // => 8
 */
export function routingTransformerConfig(config: ConfigJson | Partial<RoutingTransformerConfig>): RoutingTransformerConfig {
  const caller = 'routingTransformerConfig';
  const read = readConfig(caller, schema, config);
  const wrong =
    read.maxSeqLen % read.windowSize !== 0
      ? {
          problem: 'max_seq_len must be a multiple of window_size.',
          expected: `a multiple of ${read.windowSize}`,
          got: `${read.maxSeqLen}`,
        }
      : read.embDim !== undefined && read.embDim !== read.dim
        ? { problem: 'emb_dim must be dim: embeddings keep their width here.', expected: `${read.dim}`, got: `${read.embDim}` }
        : undefined;
  if (wrong === undefined) return read;
  throw new ConfigError({ caller, ...wrong, remedy: 'check the arguments that the checkpoint was made with.' });
}

/** Clusters of each layer and head. */
export const clustersOf = ({ maxSeqLen, windowSize }: RoutingTransformerConfig): number => maxSeqLen / windowSize;
