import { fromPretrained, type NamedBytes, type Pretrained } from '@longspan/models';
import fc, { type Arbitrary } from 'fast-check';
import { type Family, family } from './family.ts';
import { type Form, forms, type WholeCheckpoint, wholeCheckpoints } from './whole-checkpoints.ts';

/** What a stranger may write in the place of any value. */
const odd: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, -1, 0, 0.5, 1e4, 65_536, 1e6, 2 ** 24, 1e9, 2 ** 31, 2 ** 53, 1e308, true, false),
  fc.constantFrom('', 'gelu', 'relu', [], {}, '../model-1.safetensors', 'model-3.safetensors', 'pytorch_model-3.bin', '/etc/passwd'),
  fc.nat(70),
  fc.array(fc.oneof(fc.nat(9), fc.constantFrom(1e5, 1e9)), { maxLength: 4 }),
);

const names: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', 'config', 'quantization_config', 'id2label', 'num_labels'),
);

export type Change = {
  readonly at: number;
  readonly value: unknown;
  readonly name: string;
  readonly kind: 'replace' | 'remove' | 'rename';
};

export const change: Arbitrary<Change> = fc.record({
  at: fc.nat(75),
  value: odd,
  name: names,
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename'),
});

/** A record as text with some of its values, at any depth, replaced, removed or renamed. Text, for names that stand twice, and __proto__. */
export function changedText(value: unknown, changes: readonly Change[]): string {
  let place = 0;
  const changeHere = (): Change | undefined => {
    const found = changes.find(({ at }) => at === place);
    place++;
    return found;
  };
  const text = (each: unknown): string => {
    if (typeof each !== 'object' || each === null) return JSON.stringify(each);
    const part = (of: unknown, name?: string): readonly string[] => {
      const found = changeHere();
      if (found?.kind === 'remove') return [];
      const own = found?.kind === 'rename' ? found.name : name;
      const made = found?.kind === 'replace' ? JSON.stringify(found.value) : text(of);
      return [own === undefined || name === undefined ? made : `${JSON.stringify(own)}:${made}`];
    };
    if (Array.isArray(each)) return `[${each.flatMap((of) => part(of)).join(',')}]`;
    return `{${Object.entries(each)
      .flatMap(([name, of]) => part(of, name))
      .join(',')}}`;
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
  readonly modelType: string;
  readonly config: string;
  readonly form: Form;
  readonly index: string;
  readonly bytes: readonly (readonly [number, number])[];
  readonly spoilsIndex: boolean;
  readonly head: string | undefined;
}

const head = fc.constantFrom(undefined, undefined, 'model', 'sequenceClassification', 'maskedLanguageModel', 'causalLanguageModel');

const wrongBytes = fc.array(fc.tuple(fc.nat(2000), fc.constantFrom(0x22, 0x2c, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d, 0x65, 0xff, 0)), {
  minLength: 1,
  maxLength: 2,
});

/** The config alone is changed, as a rule: what is wrong with the index ends a load before a model is made. */
const mutatedOf = ({ modelType, config, index }: WholeCheckpoint): Arbitrary<Mutated> =>
  fc.constantFrom(...forms).chain((form) => {
    const sound = {
      modelType: fc.constant(modelType),
      form: fc.constant(form),
      config: fc.constant(changedText(config, [])),
      index: fc.constant(changedText(index[form], [])),
      bytes: fc.constant([]),
      spoilsIndex: fc.constant(false),
      head: fc.constant(undefined),
    };
    const configs = fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => changedText(config, changes));
    const indexes = fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => changedText(index[form], changes));
    return fc.oneof(
      { weight: 5, arbitrary: fc.record<Mutated>({ ...sound, config: configs }) },
      { weight: 1, arbitrary: fc.record<Mutated>({ ...sound, config: configs, head }) },
      { weight: 2, arbitrary: fc.record<Mutated>({ ...sound, index: indexes }) },
      { weight: 1, arbitrary: fc.record<Mutated>({ ...sound, bytes: wrongBytes, spoilsIndex: fc.boolean() }) },
      {
        weight: 1,
        arbitrary: fc.record<Mutated>({ ...sound, config: configs, index: indexes, bytes: wrongBytes, spoilsIndex: fc.boolean(), head }),
      },
    );
  });

const byType = new Map(wholeCheckpoints.map((each) => [each.modelType, each]));

function sourceOf({ modelType, form, config, index, bytes, spoilsIndex }: Mutated): NamedBytes {
  const { shards, indexName } = byType.get(modelType) as WholeCheckpoint;
  return {
    ...shards[form],
    'config.json': spoiled(config, spoilsIndex ? [] : bytes),
    [indexName[form]]: spoiled(index, spoilsIndex ? bytes : []),
  };
}

/** What a drawn head may take, however small the checkpoint, and what the reading itself does: JavaScript's own waste. */
const [headBytes, restBytes] = [2 ** 26, 2 ** 26];

const bytesOf = (source: NamedBytes): number =>
  Object.values(source).reduce((sum, each) => sum + ('byteLength' in each ? each.byteLength : each.size), 0);

async function read(input: Mutated): Promise<Pretrained> {
  const { warn } = console;
  console.warn = () => {};
  try {
    const source = sourceOf(input);
    const made = await fromPretrained(source, { head: input.head });
    const [most, bytes] = [bytesOf(source) + headBytes, made.report.bytes];
    if (bytes <= most) return made;
    made.dispose();
    throw new Error(`a model must take at most what its files hold and a head, ${most} bytes, and took ${bytes}`);
  } finally {
    console.warn = warn;
  }
}

/** Checkpoints of all families whose config.json and whose index are a stranger's: what is large must be in a file that is. */
export const mutatedCheckpoints: Family = family('configs and indexes of checkpoints', fc.oneof(...wholeCheckpoints.map(mutatedOf)), read, {
  release: (result) => (result as Pretrained).dispose(),
  bytes: headBytes + restBytes,
});
