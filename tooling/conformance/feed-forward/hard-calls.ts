import type { FeedForwardAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { feedForwardCall } from './calls.ts';

/** Calls that go wrong first: at the ends of chunks. */
export const hardCalls: readonly ContractCall<FeedForwardAttributes>[] = [
  feedForwardCall('one number', { batch: [1], width: 1, inner: 1, chunkLength: 1, activation: 'gelu' }),
  feedForwardCall('one chunk', { batch: [2, 3], width: 5, inner: 13, chunkLength: 6, activation: 'gelu' }),
  feedForwardCall('two chunks', { batch: [7], width: 4, inner: 9, chunkLength: 4, activation: 'geluTanh' }),
  feedForwardCall('three chunks, the last short', { batch: [2, 4], width: 6, inner: 11, chunkLength: 3, activation: 'relu' }),
  feedForwardCall('a chunk longer than there are rows', { batch: [5], width: 3, inner: 7, chunkLength: 100, activation: 'gelu' }),
  feedForwardCall('many chunks of one row', { batch: [9], width: 8, inner: 5, chunkLength: 1, activation: 'gelu' }, { looser: 4 }),
  feedForwardCall('no rows', { batch: [0], width: 4, inner: 6, chunkLength: 2, activation: 'gelu' }),
];
