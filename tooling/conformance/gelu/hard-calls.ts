import type { GeluAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { floats, normals, type Operand } from '../contract/operand.ts';

const call = (
  name: string,
  x: () => Operand,
  approximation: GeluAttributes['approximation'],
  looser?: number,
): ContractCall<GeluAttributes> => ({ label: `${approximation}: ${name}`, operands: () => [x()], attributes: { approximation }, looser });

/** Calls that go wrong first: where float32 has no digits left, NaN, tails of lanes, nothing. */
export const hardCalls: readonly ContractCall<GeluAttributes>[] = (['none', 'tanh'] as const).flatMap((approximation) => [
  call('one number', () => floats([-0.7]), approximation),
  call('[3, 5, 7]', () => normals('gelu', [3, 5, 7], (x) => 3 * x), approximation),
  call('more than one item, and a rest', () => normals('gelu', [3, 4099]), approximation),
  call('from −12 to 12', () => floats(Array.from({ length: 4801 }, (_, at) => (at - 2400) / 200)), approximation, 3),
  call('large', () => floats([-3e38, -1e30, -1e6, -1e3, -60, -20, 20, 60, 1e3, 1e6, 1e30, 3e38, 0]), approximation),
  call('NaN', () => floats([1, Number.NaN, -1]), approximation),
  call('nothing', () => normals('gelu', [0, 3]), approximation),
]);
