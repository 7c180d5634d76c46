import { row, type Table } from '../row.ts';

/** Where there is no WebGPU, as in Node by itself, register() says so and changes nothing: after it has looked at its options. */
const register = row([() => [{ features: ['subgroups'] }]]);

export const gpuBackend: Table = {
  register,
  DeviceLostError: { unchecked: 'an error: thrown, not called' },
  PipelineError: { unchecked: 'an error: thrown, not called' },
};
