import { requireInteger, show } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import type { DenseActivation, DenseConfig } from '../pooling/sentence-layer.ts';
import { sentenceError } from './sentence-error.ts';

/** The classes of torch. */
const activations: Readonly<Record<string, DenseActivation>> = {
  'torch.nn.modules.linear.Identity': 'identity',
  'torch.nn.modules.activation.Tanh': 'tanh',
  'torch.nn.modules.activation.ReLU': 'relu',
  'torch.nn.modules.activation.GELU': 'gelu',
  'torch.nn.modules.activation.Sigmoid': 'sigmoid',
};

/** What a dense module reads and gives, in words of version 6; it may be one of tokens there, which pooled vectors have no place for. */
const places = ['module_input_name', 'module_output_name'];

/** Reads config.json of a dense module. */
export function denseOf(caller: string, json: ConfigJson, path: string): DenseConfig & { readonly inFeatures: number } {
  const { in_features: inFeatures, out_features: outFeatures, bias = true } = json;
  const activation = json['activation_function'] ?? 'torch.nn.modules.activation.Tanh';
  const file = `${path}/config.json`;
  requireInteger(`${caller}: ${file}`, { in_features: inFeatures, out_features: outFeatures }, 1);
  const known = typeof activation === 'string' && Object.hasOwn(activations, activation) ? activations[activation] : undefined;
  if (known === undefined) {
    throw sentenceError(caller, {
      problem: 'the activation of a dense module must be one that is known.',
      expected: Object.keys(activations).join(', '),
      got: `${show(activation)} in ${file}`,
    });
  }
  if (typeof bias !== 'boolean')
    throw sentenceError(caller, { problem: 'bias must be true or false.', expected: 'true or false', got: `${show(bias)} in ${file}` });
  const elsewhere = places.find((place) => (json[place] ?? 'sentence_embedding') !== 'sentence_embedding');
  if (elsewhere !== undefined) {
    throw sentenceError(caller, {
      problem: 'a dense module must map the vector of a text.',
      expected: `${elsewhere}: "sentence_embedding"`,
      got: `${show(json[elsewhere])} in ${file}`,
    });
  }
  return { inFeatures: inFeatures as number, outFeatures: outFeatures as number, bias, activation: known };
}

/** The other way round. */
export function denseJson({ outFeatures, bias = true, activation = 'tanh' }: DenseConfig, inFeatures: number): ConfigJson {
  const [name] = Object.entries(activations).find(([, each]) => each === activation) as [string, DenseActivation];
  return { in_features: inFeatures, out_features: outFeatures, bias, activation_function: name };
}
