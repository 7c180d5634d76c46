/** What is measured, as the figures name it. `torch_peers.py` uses the same names. */
export const works = {
  /** Causal window attention, forward. */
  attention: (n: number): string => `attention ${n}`,
  /** PyTorch's compiled kernel for the same attention. */
  flex: (n: number): string => `flex_attention ${n}`,
  /** PyTorch's dense causal attention: more keys for each query, so another answer. */
  dense: (n: number): string => `scaled_dot_product_attention ${n}`,
  /** Longformer's self-attention layer, projections included. */
  longformer: (n: number): string => `longformer ${n}`,
  longformerTraining: (n: number): string => `longformer training ${n}`,
  /** Longformer's whole encoder layer of base size. */
  encoder: 'encoder layer',
} as const;

/** The files that hold inputs and our answers. */
export const files = {
  attention: (n: number): string => `attention-${n}.safetensors`,
  longformer: (n: number): string => `longformer-${n}.safetensors`,
  encoder: 'encoder.safetensors',
} as const;
