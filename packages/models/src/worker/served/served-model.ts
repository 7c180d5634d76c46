import { interruptible, type LayerOutput } from '@longspan/core-tensor';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../../config/read-config.ts';
import type { GenerationModel } from '../../generation/index.ts';
import { familyOf } from '../../pretrained/families.ts';
import type { Family } from '../../pretrained/family.ts';
import { type FromPretrainedOptions, readPretrained } from '../../pretrained/from-pretrained.ts';
import type { AnyModelContext, Pretrained, PretrainedReport } from '../../pretrained/pretrained.ts';
import type { OnProgress } from '../../pretrained/progress.ts';
import type { Sentence } from '../../sentence/sentence.ts';
import type { HostTensor } from '../crossing/host-tensor.ts';
import { checkOf, type StopFlag } from '../stop-flag.ts';
import { chosenFamily } from './chosen-family.ts';
import { type HostRead, readToHost, tensorsOf } from './host-output.ts';
import { filesOfPage, type LentFiles } from './page-files.ts';
import { receivedValue, tensorOf } from './received-context.ts';
import { type GenerateOrder, type ServedGeneration, servedGeneration } from './served-generation.ts';
import { type Asked, servedRun } from './served-run.ts';

/** The options of `fromPretrained` that cross: a family by its name. */
export interface LoadOrder extends Omit<FromPretrainedOptions, 'family' | 'wrapLayer' | 'progress' | 'signal'> {
  readonly family?: string | undefined;
}

/** What the page knows of a model that was loaded. */
export interface LoadedFacts {
  readonly family: string;
  readonly head: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly json: ConfigJson;
  readonly report: PretrainedReport;
  /** How the checkpoint makes vectors of texts, where it is one of sentence-transformers. */
  readonly sentence?: SentenceFacts | undefined;
}

/** What of a `Sentence` crosses: all but its layer, which stays with the model. */
export type SentenceFacts = Pick<Sentence, 'pooling' | 'dense' | 'normalize' | 'maxSeqLength' | 'truncation'>;

/** A model in its worker. */
export interface ServedModel {
  load(source: string | LentFiles, order: LoadOrder, progress: OnProgress | undefined): Promise<LoadedFacts>;
  run(asked: Asked, ids: HostTensor, context: Readonly<Record<string, unknown>>, flag: StopFlag | undefined): Promise<HostRead>;
  explain(length: number): readonly string[];
  generate(order: GenerateOrder, flag: StopFlag | undefined): Promise<number>;
  generation(nth: number): ServedGeneration;
}

const caller = 'modelInWorker';

const sentenceFacts = ({ pooling, dense, normalize, maxSeqLength, truncation }: Sentence): SentenceFacts => ({
  ...{ pooling: { ...pooling }, dense: dense.map((each) => ({ ...each })), normalize },
  ...(maxSeqLength === undefined ? {} : { maxSeqLength }),
  ...(truncation === undefined ? {} : { truncation }),
});

export function servedModel(families: readonly Family[] | undefined): ServedModel {
  let loaded: Pretrained | undefined;
  const generations: ServedGeneration[] = [];
  const model = (): Pretrained => loaded as Pretrained; // the page asks for nothing before that
  return {
    async load(source, order, progress) {
      const { key, family: name, ...plain } = order;
      const options = {
        ...plain,
        ...(receivedValue(key === undefined ? {} : { key }, []) as object),
        ...(progress === undefined ? {} : { progress }),
      };
      const files = typeof source === 'string' ? source : await filesOfPage(source);
      const choose = async (modelType: unknown): Promise<Family> =>
        chosenFamily(caller, families, name ?? modelType) ?? familyOf(caller, name ?? modelType);
      loaded = await readPretrained(files, options, choose);
      const { family, head, config, json, report, sentence } = loaded;
      const facts = { family: family.modelType, head, config: { ...config }, json, report };
      return sentence === undefined ? facts : { ...facts, sentence: sentenceFacts(sentence) };
    },
    async run(asked, sentIds, sentContext, flag) {
      const given: Tensor[] = [];
      let output: LayerOutput | undefined;
      try {
        const ids = tensorOf(sentIds);
        given.push(ids);
        const context = receivedValue(sentContext, given) as AnyModelContext;
        const run = () => servedRun(model(), asked, ids, context);
        output = flag === undefined ? run() : interruptible(checkOf(flag), run);
        return await readToHost(output);
      } finally {
        dispose([...given, ...tensorsOf(output)]);
      }
    },
    explain(length) {
      const { family, head, config } = model();
      return family.explain?.(config, head, length) ?? [];
    },
    async generate({ key, context, ...order }, flag) {
      const { model: layer, parameters } = model();
      const given: Tensor[] = [];
      const received = receivedValue({ ...(key && { key }), ...(context && { context }) }, given) as Pick<GenerateOrder, 'key' | 'context'>;
      const generation = await servedGeneration(layer as GenerationModel, parameters, { ...order, ...received }, flag);
      const end = async (): Promise<void> => {
        await generation.end();
        dispose(given);
      };
      return generations.push({ ...generation, end }) - 1;
    },
    generation: (nth) => generations[nth] as ServedGeneration,
  };
}
