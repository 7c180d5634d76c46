import { type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import { fromPretrained, type NamedBytes } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import fc, { type Arbitrary } from 'fast-check';
import { type Family, family } from './family.ts';

export const config = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 6,
  max_position_embeddings: 8,
  hidden_act: 'gelu',
  id2label: { 0: 'no', 1: 'yes' },
  initializer_range: 0.02,
  pad_token_id: 0,
};

/** The weights of that model in two files, and their index. */
const tensors = Object.entries(bert.models.model(bert.config(config)).spec).map(([name, { shape }]): [string, SafetensorsTensor] => [
  name,
  { dtype: 'F32', shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
]);
const shards = ['model-1.safetensors', 'model-2.safetensors'] as const;
/** A checkpoint without its config and its index. */
export const files: NamedBytes = Object.fromEntries(
  shards.map((file, half) => [file, writeSafetensors({ tensors: new Map(tensors.filter((_, at) => at % 2 === half)) })]),
);
export const index = {
  metadata: { total_size: 1000 },
  weight_map: Object.fromEntries(tensors.map(([name], at) => [name, shards[at % 2]])),
};

/** What a stranger may write in the place of any value. */
const odd: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    -1,
    0,
    0.5,
    1e9,
    2 ** 31,
    2 ** 53,
    1e308,
    '',
    'gelu',
    [],
    {},
    '../model-1.safetensors',
    'model-3.safetensors',
    true,
  ),
  fc.nat(70),
);

const names: Arbitrary<string> = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'constructor', 'toString', ''));

export type Change = {
  readonly at: number;
  readonly value: unknown;
  readonly name: string;
  readonly kind: 'replace' | 'remove' | 'rename';
};

export const change: Arbitrary<Change> = fc.record({
  at: fc.nat(60),
  value: odd,
  name: names,
  kind: fc.constantFrom('replace', 'replace', 'remove', 'rename'),
});

/** A record as text with some of its values, at any depth, replaced, removed or renamed. Text, for names that stand twice, and __proto__. */
export function changedText(value: unknown, changes: readonly Change[]): string {
  let place = 0;
  const text = (each: unknown): string => {
    if (typeof each !== 'object' || each === null) return JSON.stringify(each);
    if (Array.isArray(each)) return `[${each.map(text).join(',')}]`;
    const parts = Object.entries(each).flatMap(([name, of]) => {
      const found = changes.find(({ at }) => at === place);
      place++;
      if (found?.kind === 'remove') return [];
      const own = found?.kind === 'rename' ? found.name : name;
      return [`${JSON.stringify(own)}:${found?.kind === 'replace' ? JSON.stringify(found.value) : text(of)}`];
    });
    return `{${parts.join(',')}}`;
  };
  return text(value);
}

/** Bytes of a text, some of them set to others. */
const spoiled = (text: string, at: readonly (readonly [at: number, byte: number])[]): Uint8Array => {
  const bytes = new TextEncoder().encode(text);
  for (const [place, byte] of at) if (bytes.length > 0) bytes[place % bytes.length] = byte;
  return bytes;
};

interface Mutated {
  readonly config: string;
  readonly index: string;
  readonly bytes: readonly (readonly [number, number])[];
  readonly spoilsIndex: boolean;
  readonly head: string | undefined;
}

const mutated: Arbitrary<Mutated> = fc.record({
  config: fc.array(change, { maxLength: 3 }).map((changes) => changedText(config, changes)),
  index: fc.array(change, { maxLength: 2 }).map((changes) => changedText(index, changes)),
  bytes: fc.array(fc.tuple(fc.nat(2000), fc.constantFrom(0x22, 0x2c, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d, 0x65, 0xff, 0)), { maxLength: 2 }),
  spoilsIndex: fc.boolean(),
  head: fc.constantFrom(undefined, undefined, 'model', 'sequenceClassification'),
});

const source = ({ config: text, index: map, bytes, spoilsIndex }: Mutated): NamedBytes => ({
  ...files,
  'config.json': spoiled(text, spoilsIndex ? [] : bytes),
  'model.safetensors.index.json': spoiled(map, spoilsIndex ? bytes : []),
});

/** Checkpoints whose config.json and whose index are a stranger's. What would be large was said to be by no file that is. */
export const mutatedCheckpoints: Family = family(
  'configs and indexes of checkpoints',
  mutated,
  async (input) => {
    const { warn } = console;
    console.warn = () => {};
    try {
      return await fromPretrained(source(input), { head: input.head });
    } finally {
      console.warn = warn;
    }
  },
  (result) => (result as { dispose(): void }).dispose(),
);
