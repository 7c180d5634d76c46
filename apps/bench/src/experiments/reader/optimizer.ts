import { matrices, muon, named, type Optimizer, parameterGroups, type Selection } from '@longspan/training';
import { adam } from '../../training/schedules.ts';

const all = named('*');
const inLayers = named('layers.*', 'transformer.layers.*');
const distances = named('*relative_attention_bias*');
const vectors = named('*_bias'); // of queries, one for each head
const mapsOfLayers: Selection = (name, shape) => matrices(name, shape) && inLayers(name, shape) && !vectors(name, shape);

/**
 * Muon for the matrices of the layers, which learn more in a step by it than by Adam; Adam for all else. Biases by distance are scores: to look at
 * one byte alone they have to come to several, which at the rate of a weight takes thousands of steps.
 */
export const readerOptimizer: Optimizer = parameterGroups([
  { of: distances, optimizer: adam(), rate: 20 },
  { of: mapsOfLayers, optimizer: muon({ weightDecay: 0 }) },
  { of: all, optimizer: adam() },
]);
