import { createKey, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import { bert, bertModel } from '../src/family/bert/index.ts';
import type { NamedBytes } from '../src/pretrained/given-files.ts';

/** A BERT of the smallest kind. */
export const smallConfig: Readonly<Record<string, unknown>> = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
};

export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

type Tensors = Readonly<Record<string, SafetensorsTensor>>;

/** The weights of its body, drawn from a key. */
export async function smallWeights(dtype: 'F32' | 'F16' | 'BF16' | 'F64' = 'F32'): Promise<Tensors> {
  const parameters = bertModel(bert.config(smallConfig)).init(createKey(3));
  const entries = Object.entries(parameters).map(async ([name, tensor]) => {
    const values = await tensor.data<'float32'>();
    const shape = tensor.shape;
    tensor.dispose();
    return [name, dtype === 'F64' ? { dtype, shape, values: Float64Array.from(values) } : { dtype, shape, values }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Tensors;
}

/** A checkpoint in memory. */
export const checkpointOf = (tensors: Tensors, config: object = smallConfig): NamedBytes => ({
  'config.json': json(config),
  'model.safetensors': writeSafetensors({ tensors, metadata: { format: 'pt' } }),
});

/** The tensors with their names changed; those without a name are left out. */
export const renamed = (tensors: Tensors, name: (old: string) => string | undefined): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([old, tensor]) => {
      const other = name(old);
      return other === undefined ? [] : [[other, tensor] as const];
    }),
  );
